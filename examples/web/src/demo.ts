/** Who can sign in, as `make demo` tells it; nobody elsewhere. */
import type { LoginInput, Me, OrgMembership } from './app-router';

type DemoPerson = LoginInput & Pick<Me, 'nameDisplay'> & Pick<OrgMembership, 'name' | 'role'>;

export const DEMO_PEOPLE: DemoPerson[] = JSON.parse(import.meta.env['VITE_DEMO_PEOPLE'] ?? '[]');
