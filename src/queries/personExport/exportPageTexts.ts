import type { ExportPart, LineKind } from './exportLine.js';

/** The words of the page, in plain language. */
export interface PageTexts {
  readonly title: string;
  readonly intro: string;
  readonly facts: { readonly created: string; readonly request: string; readonly holder: string };
  readonly parts: Readonly<Record<ExportPart, readonly [title: string, explanation: string]>>;
  readonly portability: string;
  readonly entries: string;
  readonly told: string;
  readonly name: string;
  readonly value: string;
  readonly month: string;
  readonly total: string;
  readonly nothing: string;
  readonly unreadable: string;
  readonly assessment: string;
  readonly segment: string;
  readonly stage: string;
  readonly engagement: string;
  readonly risk: string;
  readonly files: string;
  readonly filesNote: string;
  readonly rights: string;
  readonly rightsNote: string;
  readonly kinds: Readonly<Record<LineKind, string>>;
}

const english: PageTexts = {
  title: 'Your data',
  intro:
    'You asked which data about you is stored. This page is the overview; the complete data stands in the files beside it. It shows everything recorded up to the time below.',
  facts: { created: 'Created', request: 'Request', holder: 'Data space' },
  parts: {
    provided: ['What you told us', 'Given by you, or by the service you use on your behalf.'],
    observed: ['What we saw', 'Recorded while you used the service: pages, actions and visits.'],
    inferred: [
      'What was concluded',
      'Worked out by rules from the above: difficulties, scores, and decisions to offer help.',
    ],
  },
  portability:
    'This export is made to be taken to another service. It holds what you told us and what we saw; ask for access to see conclusions too.',
  entries: 'Entries by month',
  told: 'Your details as they stand now',
  name: 'Detail',
  value: 'Value',
  month: 'Month',
  total: 'Total',
  nothing: 'Nothing is stored here.',
  unreadable: 'no longer readable',
  assessment: 'How you are assessed now',
  segment: 'Group',
  stage: 'Stage',
  engagement: 'Engagement (0–100)',
  risk: 'Likelihood of leaving (0–100)',
  files: 'The files',
  filesNote:
    'One entry a line, as JSON text that programs can read. “schemas” explains each kind of line; “manifest.json” lists all files with their checksums, and “manifest.sig” is the signature over that list.',
  rights: 'Your rights',
  rightsNote:
    'You can have wrong data corrected, have data erased, have its use restricted, object to it, and complain to a data protection authority. Write to whoever gave you this file.',
  kinds: {
    profile: 'Details',
    identity: 'Ids',
    traits: 'Details told',
    group: 'Groups',
    alias: 'Earlier ids',
    consent: 'Consents',
    pageView: 'Pages',
    screenView: 'Screens',
    action: 'Actions',
    sessionStarted: 'Visits begun',
    sessionEnded: 'Visits ended',
    sessionsMerged: 'Visits merged',
    interpretation: 'Meanings',
    link: 'Links',
    struggleDetected: 'Difficulties',
    struggleEscalated: 'Got worse',
    struggleResolved: 'Resolved',
    decision: 'Decisions',
    interventionOutcome: 'Help shown',
    assessment: 'Assessment',
  },
};

const german: PageTexts = {
  title: 'Ihre Daten',
  intro:
    'Sie haben gefragt, welche Daten über Sie gespeichert sind. Diese Seite ist die Übersicht; die vollständigen Daten stehen in den Dateien daneben. Sie zeigt alles, was bis zum unten genannten Zeitpunkt aufgezeichnet wurde.',
  facts: { created: 'Erstellt', request: 'Anfrage', holder: 'Datenbereich' },
  parts: {
    provided: [
      'Was Sie uns mitgeteilt haben',
      'Von Ihnen angegeben, oder vom Dienst, den Sie nutzen, in Ihrem Auftrag.',
    ],
    observed: [
      'Was wir gesehen haben',
      'Aufgezeichnet, während Sie den Dienst nutzten: Seiten, Handlungen und Besuche.',
    ],
    inferred: [
      'Was daraus geschlossen wurde',
      'Nach Regeln aus dem Obigen ermittelt: Schwierigkeiten, Werte und Entscheidungen, Hilfe anzubieten.',
    ],
  },
  portability:
    'Dieser Auszug ist zur Mitnahme zu einem anderen Dienst gedacht. Er enthält, was Sie mitgeteilt haben und was wir gesehen haben; für die Schlüsse daraus verlangen Sie Auskunft.',
  entries: 'Einträge je Monat',
  told: 'Ihre Angaben nach heutigem Stand',
  name: 'Angabe',
  value: 'Wert',
  month: 'Monat',
  total: 'Summe',
  nothing: 'Hier ist nichts gespeichert.',
  unreadable: 'nicht mehr lesbar',
  assessment: 'Wie Sie zurzeit eingeschätzt werden',
  segment: 'Gruppe',
  stage: 'Phase',
  engagement: 'Beteiligung (0–100)',
  risk: 'Wahrscheinlichkeit, dass Sie gehen (0–100)',
  files: 'Die Dateien',
  filesNote:
    'Ein Eintrag je Zeile, als JSON-Text, den Programme lesen können. „schemas“ erklärt jede Art von Zeile; „manifest.json“ nennt alle Dateien mit Prüfsummen, „manifest.sig“ ist die Unterschrift darunter.',
  rights: 'Ihre Rechte',
  rightsNote:
    'Sie können falsche Daten berichtigen, Daten löschen oder ihre Nutzung einschränken lassen, ihr widersprechen und sich bei einer Datenschutzbehörde beschweren. Schreiben Sie an die Stelle, von der Sie diese Datei haben.',
  kinds: {
    profile: 'Angaben',
    identity: 'Kennungen',
    traits: 'Mitgeteilte Angaben',
    group: 'Gruppen',
    alias: 'Frühere Kennungen',
    consent: 'Einwilligungen',
    pageView: 'Seiten',
    screenView: 'Ansichten',
    action: 'Handlungen',
    sessionStarted: 'Besuche begonnen',
    sessionEnded: 'Besuche beendet',
    sessionsMerged: 'Besuche vereint',
    interpretation: 'Deutungen',
    link: 'Verknüpfungen',
    struggleDetected: 'Schwierigkeiten',
    struggleEscalated: 'Verschlimmert',
    struggleResolved: 'Gelöst',
    decision: 'Entscheidungen',
    interventionOutcome: 'Gezeigte Hilfe',
    assessment: 'Einschätzung',
  },
};

const spanish: PageTexts = {
  title: 'Sus datos',
  intro:
    'Usted ha preguntado qué datos suyos se guardan. Esta página es el resumen; los datos completos están en los archivos que la acompañan. Muestra todo lo registrado hasta el momento indicado abajo.',
  facts: { created: 'Creado', request: 'Solicitud', holder: 'Espacio de datos' },
  parts: {
    provided: ['Lo que usted nos dijo', 'Dado por usted, o en su nombre por el servicio que utiliza.'],
    observed: ['Lo que vimos', 'Registrado mientras usaba el servicio: páginas, acciones y visitas.'],
    inferred: [
      'Lo que se concluyó',
      'Deducido por reglas de lo anterior: dificultades, puntuaciones y decisiones de ofrecer ayuda.',
    ],
  },
  portability:
    'Esta exportación sirve para llevar sus datos a otro servicio. Contiene lo que nos dijo y lo que vimos; solicite acceso para ver también las conclusiones.',
  entries: 'Entradas por mes',
  told: 'Sus datos tal como están ahora',
  name: 'Dato',
  value: 'Valor',
  month: 'Mes',
  total: 'Total',
  nothing: 'Aquí no se guarda nada.',
  unreadable: 'ya no se puede leer',
  assessment: 'Cómo se le valora ahora',
  segment: 'Grupo',
  stage: 'Etapa',
  engagement: 'Participación (0–100)',
  risk: 'Probabilidad de marcharse (0–100)',
  files: 'Los archivos',
  filesNote:
    'Una entrada por línea, como texto JSON que los programas pueden leer. «schemas» explica cada tipo de línea; «manifest.json» enumera los archivos con sus sumas de comprobación y «manifest.sig» es la firma de esa lista.',
  rights: 'Sus derechos',
  rightsNote:
    'Puede pedir que se corrijan o borren datos o que se limite su uso, oponerse a él y reclamar ante una autoridad de protección de datos. Escriba a quien le dio este archivo.',
  kinds: {
    profile: 'Datos',
    identity: 'Identificadores',
    traits: 'Datos dados',
    group: 'Grupos',
    alias: 'Identificadores anteriores',
    consent: 'Consentimientos',
    pageView: 'Páginas',
    screenView: 'Pantallas',
    action: 'Acciones',
    sessionStarted: 'Visitas iniciadas',
    sessionEnded: 'Visitas terminadas',
    sessionsMerged: 'Visitas unidas',
    interpretation: 'Significados',
    link: 'Vínculos',
    struggleDetected: 'Dificultades',
    struggleEscalated: 'Empeoradas',
    struggleResolved: 'Resueltas',
    decision: 'Decisiones',
    interventionOutcome: 'Ayuda mostrada',
    assessment: 'Valoración',
  },
};

const french: PageTexts = {
  title: 'Vos données',
  intro:
    'Vous avez demandé quelles données vous concernant sont conservées. Cette page en est le résumé ; les données complètes se trouvent dans les fichiers joints. Elle montre tout ce qui a été enregistré jusqu’au moment indiqué ci-dessous.',
  facts: { created: 'Créé', request: 'Demande', holder: 'Espace de données' },
  parts: {
    provided: [
      'Ce que vous nous avez dit',
      'Donné par vous, ou en votre nom par le service que vous utilisez.',
    ],
    observed: [
      'Ce que nous avons vu',
      'Enregistré pendant que vous utilisiez le service : pages, actions et visites.',
    ],
    inferred: [
      'Ce qui en a été conclu',
      'Déduit par des règles de ce qui précède : difficultés, scores et décisions de proposer de l’aide.',
    ],
  },
  portability:
    'Cet export est fait pour être porté vers un autre service. Il contient ce que vous nous avez dit et ce que nous avons vu ; demandez l’accès pour voir aussi les conclusions.',
  entries: 'Entrées par mois',
  told: 'Vos informations actuelles',
  name: 'Information',
  value: 'Valeur',
  month: 'Mois',
  total: 'Total',
  nothing: 'Rien n’est conservé ici.',
  unreadable: 'plus lisible',
  assessment: 'Comment vous êtes évalué actuellement',
  segment: 'Groupe',
  stage: 'Étape',
  engagement: 'Engagement (0–100)',
  risk: 'Probabilité de départ (0–100)',
  files: 'Les fichiers',
  filesNote:
    'Une entrée par ligne, en texte JSON lisible par des programmes. « schemas » explique chaque sorte de ligne ; « manifest.json » énumère les fichiers avec leurs empreintes et « manifest.sig » est la signature de cette liste.',
  rights: 'Vos droits',
  rightsNote:
    'Vous pouvez faire corriger ou effacer des données, en faire limiter l’usage, vous y opposer et saisir une autorité de protection des données. Écrivez à qui vous a remis ce fichier.',
  kinds: {
    profile: 'Informations',
    identity: 'Identifiants',
    traits: 'Informations données',
    group: 'Groupes',
    alias: 'Anciens identifiants',
    consent: 'Consentements',
    pageView: 'Pages',
    screenView: 'Écrans',
    action: 'Actions',
    sessionStarted: 'Visites commencées',
    sessionEnded: 'Visites terminées',
    sessionsMerged: 'Visites réunies',
    interpretation: 'Significations',
    link: 'Liens',
    struggleDetected: 'Difficultés',
    struggleEscalated: 'Aggravées',
    struggleResolved: 'Résolues',
    decision: 'Décisions',
    interventionOutcome: 'Aide montrée',
    assessment: 'Évaluation',
  },
};

const texts: Readonly<Record<string, PageTexts>> = { en: english, de: german, es: spanish, fr: french };

/** The words for a language tag (BCP 47), English for others. */
export function pageTextsFor(language: string): { readonly language: string; readonly texts: PageTexts } {
  const primary = language.slice(0, 2).toLowerCase();
  const isTag = /^[a-z]{2}(?:[-_]|$)/i.test(language);
  const found = isTag && Object.hasOwn(texts, primary) ? texts[primary] : undefined;
  return found === undefined ? { language: 'en', texts: english } : { language: primary, texts: found };
}
