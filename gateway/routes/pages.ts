import { z } from 'zod';

/** Labels in a query: `label=tenant=acme`, again and again. */
export const labelList = z
  .preprocess(
    (given) => (typeof given === 'string' ? [given] : given),
    z.array(z.string().regex(/^[^=]+=/, 'must be key=value, such as tenant=acme'), {
      error: 'must be key=value, such as tenant=acme',
    }),
  )
  .meta({
    type: 'array',
    items: { type: 'string', examples: ['tenant=acme'] },
    description: 'Every one that is given must be on the lease.',
  })
  .optional();

/** Which part of a list. */
export function pageQuery(most: number, byDefault: number) {
  const must = `must be a whole number from 1 to ${most}`;
  const limit = z
    .custom<string>(
      (given) => /^\d{1,6}$/.test(String(given)) && Number(given) >= 1 && Number(given) <= most,
      must,
    )
    .transform(Number)
    .default(byDefault)
    .meta({ type: 'integer', minimum: 1, maximum: most });
  const cursor = z.string().meta({ description: '`next` of the page before; the filters stay the same.' });
  return { limit, cursor: cursor.exactOptional() };
}

export function pageOf<Item extends z.ZodType>(name: string, item: Item) {
  const next = z.string().meta({ description: 'The `cursor` of the next page; absent after the last one.' });
  return z.object({ [name]: z.array(item), next: next.exactOptional() });
}
