import { defineSearchAttributeKey } from '@temporalio/common';

/** What the Temporal UI can list and filter runs by. `LeaseState` and not `Status`: the UI cannot show a column named so. */
export const LEASE_STATE = defineSearchAttributeKey('LeaseState', 'KEYWORD');
export const LEASE_NUMBER = defineSearchAttributeKey('LeaseNumber', 'KEYWORD');
export const LEASE_REFERENCE = defineSearchAttributeKey('LeaseReference', 'KEYWORD');
export const LEASE_EXPIRES_AT = defineSearchAttributeKey('LeaseExpiresAt', 'DATETIME');
/** What is wrong with a held number, joined by `+`; `ok` where it was wrong before. */
export const LEASE_HEALTH = defineSearchAttributeKey('LeaseHealth', 'KEYWORD');
export const LEASE_MONTHLY_RATE = defineSearchAttributeKey('LeaseMonthlyRate', 'DOUBLE');
/** `tenant=acme` of each label; written only where a request gives labels. */
export const LEASE_LABELS = defineSearchAttributeKey('LeaseLabels', 'KEYWORD_LIST');

/** A text as it stands in a visibility query. */
export function quoted(text: string): string {
  return `'${text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")}'`;
}

/** `KEYWORD_LIST` as `KeywordList`, the form that Temporal's commands take. */
export function typeName(type: string): string {
  return type
    .split('_')
    .map((word) => word.charAt(0) + word.slice(1).toLowerCase())
    .join('');
}

export const SEARCH_ATTRIBUTES = [
  LEASE_STATE,
  LEASE_NUMBER,
  LEASE_REFERENCE,
  LEASE_EXPIRES_AT,
  LEASE_MONTHLY_RATE,
  LEASE_LABELS,
  LEASE_HEALTH,
] as const;
