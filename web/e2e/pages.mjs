// Every page and sheet of the app, by the ids that a run has.
export const consolePages = ({ partner, conversion, earning, deal, lead, run, payout }) => [
  '', '?from=2011-03-01&to=2011-04-01', '/analytics?from=2011-03-01&to=2011-04-01', '/analytics?from=2011-03-01&to=2011-04-01&by=day', '/partners', '/partners?q=zzzz', '/partners?new=1',
  `/partners/${partner}?from=2011-03-01&to=2011-04-01`, `/partners/${partner}?edit=1`, `/partners/${partner}?tab=deals`, `/partners/${partner}?tab=links`, `/partners/${partner}?tab=leads`, `/partners/${partner}?tab=sales`, `/partners/${partner}?tab=earnings`, `/partners/${partner}?tab=activity`,
  '/partners/00000000-0000-7000-8000-000000000000', '/deals', '/deals/new', `/deals/${deal}`, `/deals/${deal}?edit=1`, '/links', '/links?new=1', '/coupons', '/coupons?new=1', '/leads', '/leads?as=board', `/leads/${lead}`,
  '/conversions', `/conversions/${conversion}`, `/conversions/${conversion}?refund=1`, '/contacts', '/earnings', `/earnings?why=${earning}`, '/ledger?from=2011-03-01&to=2011-04-01', `/ledger/${partner}`,
  '/payouts', '/payouts?new=1', '/payouts?tab=payouts', '/payouts?tab=waiting', '/payouts?tab=forms', '/payouts?tab=write-offs', `/partners/${partner}?tab=payouts`, '/rates', '/settings?tab=payouts&rail=sepa', '/settings?tab=application', '/applications', '/applications?tab=all', '/applications?tab=documents', `/partners/${partner}?tab=about`, `/partners/${partner}?tab=customers`, `/partners/${partner}?tab=documents`, `/partners/${partner}?tab=team`, '/contacts?tab=customers',
  `/payouts/runs/${run}`, `/payouts/${payout}`,
  '/inbound', '/inbound?tab=endpoints', '/inbound?new=1', '/keys', '/keys?new=1', '/keys?tab=site', '/keys?tab=site&new=1', '/members', '/members?tab=invited', '/members?new=1', '/audit', '/settings', '/account', '/nowhere',
];
export const portalPages = ({ earning, payout }) => ['', '?from=2011-03-01&to=2011-04-01', '/links', '/links?new=1', '/performance?from=2011-03-01&to=2011-04-01', '/leads', '/earnings', `/earnings?why=${earning}`, '/statement', '/start', '/claims', '/claims?new=1', '/payouts', `/payouts/${payout}`, '/payout-details', '/payout-details?new=1', '/payout-details?form=1', '/profile', '/profile?edit=1', '/profile?document=1', '/members', '/account'];
export const operatorPages = ['', '/accesses?new=1', '/members', '/audit', '/settings'];
export const publicPages = ['/apply/demo', '/apply/nobody', '/apply/demo/unknown', '/signin', '/reset', '/reset/unknown', '/invitation/unknown', '/verify/unknown'];
