-- 0047_words_of_erased.sql: what partners and staff wrote about a person who was erased loses the person's e-mail,
-- phone and name. States, amounts and ids stay.
drop trigger guard_app_write on app.claims;
call app.allow_update('app.claims', 'app_write', array['state', 'reviewed_by', 'decided_by', 'decided_at', 'decision',
  'order_reference', 'evidence', 'evidence_references']);
drop trigger guard_app_write on app.risk_signals;
call app.allow_update('app.risk_signals', 'app_write', array['decision', 'appeal', 'appeal_state', 'appealed_at',
  'appeal_decision']);
-- A partner appeals; what was decided it leaves.
call app.allow_update('app.risk_signals', 'app_write', array['appeal', 'appeal_state', 'appealed_at'], 'partner');
call app.allow_update('app.earning_holds', 'app_write', array['note']);
call app.allow_update('app.earning_holds', 'app_write', array[]::text[], 'partner');
