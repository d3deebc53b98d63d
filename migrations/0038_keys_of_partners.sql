-- 0038_keys_of_partners.sql: a partner makes API keys of its own. It may add their hashes to the registry, and
-- reads none of it; the wall of api_keys keeps the keys themselves apart.
call app.add_policy('app.code_registry', 'partner_keys', 'insert', 'app_write',
  '{actor_kind} = ''partner'' and kind = ''api_key''');
