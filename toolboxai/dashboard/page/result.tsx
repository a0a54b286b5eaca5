interface Shape {
  readonly text?: string;
  readonly sentences?: readonly string[] | number;
  readonly phrases?: readonly { phrase: string; count: number }[];
  readonly frequent?: readonly { word: string; count: number }[];
}

/** A run's result, shown by what it holds. */
export function Result({ value }: { value: unknown }) {
  if (typeof value !== 'object' || value === null) return null;
  const { text, sentences, phrases, frequent } = value as Shape;
  if (text !== undefined) return <p class="result">{text}</p>;
  if (Array.isArray(sentences)) return <p class="result">{sentences.join(' ')}</p>;
  if (phrases)
    return <p class="result">{phrases.map(({ phrase, count }) => `${phrase} (${count})`).join(', ')}</p>;
  const numbers = Object.entries(value).filter((entry) => typeof entry[1] === 'number');
  return (
    <dl class="result">
      {numbers.map(([name, number]) => (
        <div key={name}>
          <dt>{name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)}</dt>
          <dd>{number}</dd>
        </div>
      ))}
      <div>
        <dt>frequent</dt>
        <dd>{(frequent ?? []).map(({ word, count }) => `${word} (${count})`).join(', ')}</dd>
      </div>
    </dl>
  );
}
