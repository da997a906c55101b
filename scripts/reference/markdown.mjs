/** Title, where the page comes from, then its parts. */
export function page(title, about, ...parts) {
  const origin = 'Made from the code by `npm run reference`: change the code, not this page.';
  return [`# ${title}`, `${about} ${origin}`, ...parts.flat()].join('\n\n');
}

export function code(text) {
  return `\`${text}\``;
}

/** Words of the code: what stands in backticks is code, nothing else is markup. */
export function prose(text) {
  const parts = text.split(/(`[^`]*`)/);
  return parts.map((part, at) => (at % 2 === 1 ? part : part.replace(/[\\*<[\]]/g, '\\$&'))).join('');
}

/** Rows of Markdown; none: nothing. */
export function table(head, rows) {
  if (rows.length === 0) return [];
  const line = (cells) => `| ${cells.map(cell).join(' | ')} |`;
  return [[line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')];
}

/** A pipe ends a cell, also within backticks. */
function cell(text) {
  return text.replace(/\s+/g, ' ').replaceAll('|', '\\|');
}
