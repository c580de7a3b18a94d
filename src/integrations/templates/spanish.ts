import type { LanguageWordings } from './wording.js';

export const spanish: LanguageWordings = {
  language: 'es',
  version: 1,
  named: (feature) => `en «${feature}»`,
  unnamed: 'aquí',
  texts: {
    repeated_attempts: {
      gentle: {
        title: '¿Le ayudaría una pista?',
        body: (at) =>
          `Algunas cosas necesitan varios intentos. Si quiere una pista ${at}, se la damos con mucho gusto.`,
      },
      direct: {
        title: '¿Lo vemos juntos?',
        body: (at) =>
          `Ha hecho falta más de un intento ${at}, y eso le puede pasar a cualquiera. Si quiere, lo repasamos paso a paso.`,
      },
    },
    error_pattern: {
      gentle: {
        title: '¿Algo ha salido mal?',
        body: (at) => `Ha habido algunos errores ${at}. Si se repiten, podemos ayudarle a superarlos.`,
      },
      direct: {
        title: 'Sentimos los errores',
        body: (at) => `Ha habido varios errores ${at}, y lo sentimos. ¿Quiere ayuda para seguir adelante?`,
      },
    },
    abandonment: {
      gentle: {
        title: '¿Seguimos donde lo dejó?',
        body: (at) => `Ya ha dado el primer paso ${at}. Cuando le venga bien, podemos ayudarle con el resto.`,
      },
      direct: {
        title: '¿Le ayudamos a terminar?',
        body: (at) =>
          `Ya ha dedicado esfuerzo ${at} y todavía queda algo por terminar. Si algo se lo impidió, nos gustaría ayudarle con el siguiente paso.`,
      },
    },
    help_seeking: {
      gentle: {
        title: '¿Busca ayuda?',
        body: (at) => `Quizá le venga bien un poco de ayuda ${at}. Le mostramos con gusto cómo funciona.`,
      },
      direct: {
        title: 'Estamos para ayudarle',
        body: (at) =>
          `Parece que ha buscado ayuda ${at} más de una vez. Nos gustaría ayudarle a encontrar la respuesta ahora.`,
      },
    },
    rage_clicks: {
      gentle: {
        title: '¿Algo no responde?',
        body: (at) =>
          `Puede que algo responda despacio ${at}. A menudo basta con esperar un momento, y si no, le ayudamos.`,
      },
      direct: {
        title: 'Esto debería funcionar mejor',
        body: (at) =>
          `Parece que algo no responde como debería ${at}, y lo sentimos. Pruebe a recargar la página, o permítanos ayudarle de otra manera.`,
      },
    },
  },
};
