import { ContiguityError, type Contiguity, type Entitlement } from '../../contiguity/index.js';
import type { Check } from './doctor-temporal.js';
import { openApi, type Place } from './session.js';

/** Reads only. */
export async function checkApi(place: Place): Promise<Check[]> {
  try {
    const api = openApi(place);
    return await askApi(api).finally(() => api.close());
  } catch (error) {
    return [{ what: 'API', result: 'wrong', text: error instanceof Error ? error.message : String(error) }];
  }
}

async function askApi(api: Contiguity): Promise<Check[]> {
  try {
    const held = await api.lease.leased();
    const reached: Check = { what: 'API', result: 'ok', text: `answers at ${api.account.baseUrl}` };
    const key: Check = {
      what: 'API key',
      result: 'ok',
      text: `is valid; the account leases ${held.data.length} numbers`,
    };
    return [reached, key, ...(await checkEntitlements(api))];
  } catch (error) {
    if (error instanceof ContiguityError) return refused(api, error);
    throw error;
  }
}

function refused({ account }: Contiguity, error: ContiguityError): Check[] {
  const { status, facts } = error;
  const hint = facts.agreementUrl === undefined ? {} : { hint: `accept ${facts.agreementUrl}` };
  if (status === undefined || status >= 500) {
    return [
      { what: 'API', result: 'wrong', text: `does not answer at ${account.baseUrl}: ${facts.message}` },
    ];
  }
  const word =
    status === 401
      ? 'is not accepted: check CONTIGUITY_API_KEY'
      : `is refused with ${status}: ${facts.message}`;
  return [
    { what: 'API', result: 'ok', text: `answers at ${account.baseUrl}` },
    { what: 'API key', result: 'wrong', text: word, ...hint },
  ];
}

async function checkEntitlements(api: Contiguity): Promise<Check[]> {
  try {
    const { data } = await api.entitlements.list();
    return data.map((entitlement) => entitlementCheck(entitlement));
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    return [{ what: 'Entitlements', result: 'note', text: `could not be read: ${text}` }];
  }
}

/** Without `lease` nothing works; the others matter to some numbers only. */
function entitlementCheck({ name, status }: Entitlement): Check {
  if (status === 'granted') return { what: `Entitlement ${name}`, result: 'ok', text: 'granted' };
  return { what: `Entitlement ${name}`, result: name === 'lease' ? 'wrong' : 'note', text: status };
}
