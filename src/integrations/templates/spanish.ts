import type { LanguageWordings } from './wording.js';

export const spanish: LanguageWordings = {
  language: 'es',
  version: 1,
  named: 'en «{{ feature }}»',
  unnamed: 'aquí',
  texts: {
    repeated_attempts: {
      gentle: {
        title: '¿Le ayudaría una pista?',
        body: 'Algunas cosas necesitan varios intentos. Si quiere una pista {{ where }}, se la damos con mucho gusto.',
        simple: 'A veces hacen falta varios intentos. ¿Quiere una pista {{ where }}?',
      },
      direct: {
        title: '¿Lo vemos juntos?',
        body: 'Ha hecho falta más de un intento {{ where }}, y eso le puede pasar a cualquiera. Si quiere, lo repasamos paso a paso.',
        simple: 'Lleva muchos intentos {{ where }}. ¿Lo hacemos juntos, paso a paso?',
      },
    },
    error_pattern: {
      gentle: {
        title: '¿Algo ha salido mal?',
        body: 'Ha habido algunos errores {{ where }}. Si se repiten, podemos ayudarle a superarlos.',
        simple: 'Hubo algunos errores {{ where }}. Podemos ayudarle.',
      },
      direct: {
        title: 'Sentimos los errores',
        body: 'Ha habido varios errores {{ where }}, y lo sentimos. ¿Quiere ayuda para seguir adelante?',
        simple: 'Hubo muchos errores {{ where }}. Lo sentimos. ¿Quiere ayuda?',
      },
    },
    abandonment: {
      gentle: {
        title: '¿Seguimos donde lo dejó?',
        body: 'Ya ha dado el primer paso {{ where }}. Cuando le venga bien, podemos ayudarle con el resto.',
        simple: 'Ya ha empezado {{ where }}. ¿Quiere ayuda con el resto?',
      },
      direct: {
        title: '¿Le ayudamos a terminar?',
        body: 'Ya ha dedicado esfuerzo {{ where }} y todavía queda algo por terminar. Si algo se lo impidió, nos gustaría ayudarle con el siguiente paso.',
        simple: 'Todavía no ha terminado {{ where }}. ¿Le ayudamos con el siguiente paso?',
      },
    },
    help_seeking: {
      gentle: {
        title: '¿Busca ayuda?',
        body: 'Quizá le venga bien un poco de ayuda {{ where }}. Le mostramos con gusto cómo funciona.',
        simple: '¿Quiere ayuda {{ where }}? Le mostramos cómo funciona.',
      },
      direct: {
        title: 'Estamos para ayudarle',
        body: 'Parece que ha buscado ayuda {{ where }} más de una vez. Nos gustaría ayudarle a encontrar la respuesta ahora.',
        simple: 'Ha buscado ayuda {{ where }} más de una vez. Ahora podemos ayudarle.',
      },
    },
    rage_clicks: {
      gentle: {
        title: '¿Algo no responde?',
        body: 'Puede que algo responda despacio {{ where }}. A menudo basta con esperar un momento, y si no, le ayudamos.',
        simple: 'Quizá algo va lento {{ where }}. Espere un momento o pregúntenos.',
      },
      direct: {
        title: 'Esto debería funcionar mejor',
        body: 'Parece que algo no responde como debería {{ where }}, y lo sentimos. Pruebe a recargar la página, o permítanos ayudarle de otra manera.',
        simple: 'Algo no va bien {{ where }}. Lo sentimos. Recargue la página o pregúntenos.',
      },
    },
    general: {
      gentle: {
        title: '¿Podemos ayudarle?',
        body: 'Si algo no está claro {{ where }}, le ayudamos con gusto. Pregunte cuando le venga bien.',
        simple: '¿Algo no está claro {{ where }}? Podemos ayudarle.',
      },
      direct: {
        title: 'Estamos a su lado',
        body: 'Queremos ponérselo más fácil {{ where }}. Díganos qué necesita y le ayudaremos con el siguiente paso.',
        simple: '¿Necesita ayuda {{ where }}? Díganoslo y le ayudamos.',
      },
    },
  },
};
