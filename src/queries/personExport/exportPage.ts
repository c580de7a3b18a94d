import type { JsonValue } from '../../domain/json.js';
import { html, joined, type Markup, value } from '../../domain/markup.js';
import type { ExportKind } from '../../domain/personExport/events.js';
import { isoTime } from '../models/fields.js';
import { type ExportPart, type LineKind, lineKinds, partOf } from './exportLine.js';
import { pageTextsFor } from './exportPageTexts.js';
import type { PageTexts } from './exportPageWords.js';
import type { ExportTally } from './exportTally.js';

export interface ExportPageContent {
  readonly tenantId: string;
  readonly exportId: string;
  readonly requestId: string | null;
  readonly kind: ExportKind;
  readonly createdAt: number;
  readonly parts: readonly ExportPart[];
  readonly tally: ExportTally;
}

/** No script and nothing from elsewhere, and the page's own policy forbids both. Follows the reader's light or dark. */
const style = `
:root{color-scheme:light dark;--ink:#1c2530;--dim:#5b6877;--line:#dde3ea;--page:#f5f7f9;--card:#fff;--accent:#0b6e69}
@media(prefers-color-scheme:dark){:root{--ink:#e6ebf0;--dim:#9aa7b4;--line:#323d49;--page:#12181f;--card:#1b232c;--accent:#5cc5bd}}
*{box-sizing:border-box}
body{margin:0;background:var(--page);color:var(--ink);font:16px/1.55 system-ui,-apple-system,"Segoe UI",Roboto,sans-serif}
main{max-width:60rem;margin:0 auto;padding:2.5rem 1.25rem 4rem}
h1{font-size:2.1rem;line-height:1.2;margin:0 0 .75rem}h2{font-size:1.3rem;margin:0 0 .25rem}h3{font-size:1rem;margin:1.5rem 0 .5rem}
p{margin:.25rem 0 .75rem}.dim{color:var(--dim)}
.facts{display:flex;flex-wrap:wrap;gap:.25rem 2rem;margin:1.25rem 0 0;font-size:.9rem}
.facts div{display:flex;gap:.5rem}dt{color:var(--dim)}dd{margin:0;overflow-wrap:anywhere}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(15rem,1fr));gap:1rem;margin:2rem 0}
.card,section{background:var(--card);border:1px solid var(--line);border-radius:.75rem;padding:1.25rem}
.card{text-decoration:none;color:inherit;border-top:4px solid var(--accent)}
.card b{display:block;font-size:1.9rem;line-height:1.2;font-variant-numeric:tabular-nums}
section{margin:0 0 1.25rem}
.wide{overflow-x:auto}table{border-collapse:collapse;width:100%;font-size:.92rem}
th,td{text-align:start;padding:.45rem .75rem .45rem 0;border-bottom:1px solid var(--line);vertical-align:top}
th{color:var(--dim);font-weight:600;white-space:nowrap}td{overflow-wrap:anywhere}
.figure{text-align:end;font-variant-numeric:tabular-nums}tfoot td,tfoot th{border-bottom:0;font-weight:600;color:inherit}
code{font-size:.9em}
@media print{body{background:#fff}section,.card{break-inside:avoid}}`;

const policy = "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

/** The page that a person reads first: what this is, how much there is of what, month by month, and what they can do. */
export function exportPage(content: ExportPageContent): string {
  const { kind, parts, tally } = content;
  const { language, texts } = pageTextsFor(languageOf(tally));
  const page = html`<!doctype html>
<html lang="${language}"><head><meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width,initial-scale=1"><meta name="referrer" content="no-referrer">
<title>${texts.title}</title><style>${{ markup: style }}</style></head><body><main>
<header><h1>${texts.title}</h1><p>${texts.intro}</p>${kind === 'portability' ? html`<p>${texts.portability}</p>` : ''}
${facts(content, texts)}</header>
<nav class="cards">${joined(parts.map((part) => card(part, tally.counts[part], texts)))}</nav>
${joined(parts.map((part) => section(part, tally, texts)))}
<section><h2>${texts.files}</h2><p>${texts.filesNote}</p><p>${joined(
    parts.map((part) => html`<code>${part}.jsonl</code> – ${texts.parts[part][0]}<br>`),
  )}</p></section>
<section><h2>${texts.rights}</h2><p>${texts.rightsNote}</p></section>
</main></body></html>
`;
  return page.markup;
}

/** In which language to write: what the person's details say. */
function languageOf({ profile }: ExportTally): string {
  const traits = profile?.traits;
  if (typeof traits !== 'object' || traits === null || Array.isArray(traits)) return 'en';
  const told = [traits.language, traits.locale].find((one) => typeof one === 'string');
  return typeof told === 'string' ? told : 'en';
}

function facts({ createdAt, requestId, tenantId, exportId }: ExportPageContent, texts: PageTexts): Markup {
  const { created, request, holder } = texts.facts;
  const rows: [string, string][] = [
    [created, isoTime(createdAt).slice(0, 16).replace('T', ' ').concat(' UTC')],
    [request, requestId ?? exportId],
    [holder, tenantId],
  ];
  return html`<dl class="facts">${joined(rows.map(([name, text]) => html`<div><dt>${name}</dt><dd>${value(text)}</dd></div>`))}</dl>`;
}

function card(part: ExportPart, count: number, texts: PageTexts): Markup {
  const [title, explanation] = texts.parts[part];
  return html`<a class="card" href="#${part}"><b>${figure(count)}</b>${title}<br><span class="dim">${explanation}</span></a>`;
}

function section(part: ExportPart, tally: ExportTally, texts: PageTexts): Markup {
  const [title, explanation] = texts.parts[part];
  return html`<section id="${part}"><h2>${title}</h2><p class="dim">${explanation}</p>
${part === 'provided' ? details(tally, texts) : ''}${part === 'inferred' ? assessment(tally, texts) : ''}
${months(part, tally, texts)}</section>
`;
}

function details({ profile }: ExportTally, texts: PageTexts): Markup {
  const traits = profile?.traits;
  if (typeof traits !== 'object' || traits === null || Array.isArray(traits)) return html``;
  const rows = Object.entries(traits).map(
    ([name, told]) => [value(name), shown(told ?? null, texts)] as const,
  );
  return rows.length === 0 ? html`` : html`<h3>${texts.told}</h3>${pairs(rows, texts)}`;
}

function assessment({ assessment: line }: ExportTally, texts: PageTexts): Markup {
  if (line === undefined) return html``;
  const rows: (readonly [string, JsonValue | undefined])[] = [
    [texts.segment, line.userSegment],
    [texts.stage, line.lifecycleStage],
    [texts.engagement, fieldOf(line.engagement, 'score')],
    [texts.risk, fieldOf(line.riskFactors, 'exitRiskScore')],
  ];
  return html`<h3>${texts.assessment}</h3>${pairs(
    rows.map(([name, concluded]) => [html`${name}`, shown(concluded ?? null, texts)]),
    texts,
  )}`;
}

function fieldOf(model: JsonValue | undefined, field: string): JsonValue | undefined {
  return typeof model === 'object' && model !== null && !Array.isArray(model) ? model[field] : undefined;
}

function pairs(rows: readonly (readonly [Markup, Markup])[], texts: PageTexts): Markup {
  return html`<div class="wide"><table><thead><tr><th>${texts.name}</th><th>${texts.value}</th></tr></thead><tbody>${joined(
    rows.map(([name, told]) => html`<tr><td>${name}</td><td>${told}</td></tr>`),
  )}</tbody></table></div>`;
}

/** Numbers as they are, texts as texts, anything deeper as JSON. */
function shown(told: JsonValue, texts: PageTexts): Markup {
  if (told === null) return html`<span class="dim">${texts.unreadable}</span>`;
  return value(typeof told === 'string' ? told : JSON.stringify(told));
}

function months(part: ExportPart, { months: counted }: ExportTally, texts: PageTexts): Markup {
  const kinds = lineKinds.filter(
    (kind) => partOf[kind] === part && [...counted.values()].some((month) => month.has(kind)),
  );
  const rows = [...counted]
    .filter(([, month]) => kinds.some((kind) => month.has(kind)))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  if (rows.length === 0) return html`<p>${texts.nothing}</p>`;
  const cells = (count: (kind: LineKind) => number) =>
    joined(kinds.map((kind) => html`<td class="figure">${figure(count(kind))}</td>`));
  const totalOf = (kind: LineKind) => rows.reduce((sum, [, month]) => sum + (month.get(kind) ?? 0), 0);
  return html`<h3>${texts.entries}</h3><div class="wide"><table><thead><tr><th>${texts.month}</th>${joined(
    kinds.map((kind) => html`<th class="figure">${texts.kinds[kind]}</th>`),
  )}</tr></thead><tbody>${joined(
    rows.map(([month, count]) => html`<tr><td>${month}</td>${cells((kind) => count.get(kind) ?? 0)}</tr>`),
  )}</tbody><tfoot><tr><th>${texts.total}</th>${cells(totalOf)}</tr></tfoot></table></div>`;
}

/** In groups of three, with narrow spaces: read the same in every language (SI brochure, 5.4.4). */
function figure(count: number): string {
  return String(count).replaceAll(/\B(?=(?:\d{3})+$)/g, '\u202f');
}
