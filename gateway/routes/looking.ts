import { LeaseholdError } from '../../client/errors.js';
import { refused } from '../problems.js';

/** A look at what is not there finds nothing; only a change finds a lease that is not active. */
export async function looking<T>(look: () => Promise<T>): Promise<T> {
  try {
    return await look();
  } catch (error) {
    if (!(error instanceof LeaseholdError) || error.type !== 'LeaseNotActive') throw error;
    throw refused('NotFound', { detail: error.message });
  }
}
