import type { schemas } from '../../lib/api/schema';

export type Condition = schemas['ApprovalCondition'];
type Applicant = Pick<schemas['Partner'], 'kind' | 'country' | 'contact_email' | 'website'>;

function valueOf(field: Condition['field'], one: Applicant): string {
  switch (field) {
    case 'country': return (one.country ?? '').toLowerCase();
    case 'kind': return one.kind;
    case 'email_domain': return (one.contact_email ?? '').toLowerCase().split('@')[1] ?? '';
    case 'website_domain': {
      if (!one.website) return '';
      const host = one.website.toLowerCase().replace(/^[a-z]+:\/\//, '').split(/[/?#:]/)[0] ?? '';
      return host.replace(/^www\./, '');
    }
  }
}

/** Which of the rule's conditions an applicant meets, as the server asks them; all met: it is let in without a person. */
export function verdict(rule: Condition[], one: Applicant): { condition: Condition; holds: boolean }[] {
  return rule.map((condition) => {
    const value = valueOf(condition.field, one);
    const isListed = (condition.values ?? []).some((each) => each.toLowerCase() === value);
    const holds = condition.op === 'in' ? value !== '' && isListed : condition.op === 'not_in' ? value === '' || !isListed : value !== '';
    return { condition, holds };
  });
}
