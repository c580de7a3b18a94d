/**
 * Keeps what was made of each text, so that the same text gives the same string object again: looking a document up by an
 * id that was just put together costs more than the rest of its fold. Forgets everything at the bound.
 */
export function remembering<V>(make: (text: string) => V, bound = 20_000): (text: string) => V {
  const made = new Map<string, V>();
  return (text) => {
    let value = made.get(text);
    if (value === undefined) {
      if (made.size >= bound) made.clear();
      value = make(text);
      made.set(text, value);
    }
    return value;
  };
}
