-- 0004_identity.sql: who may call. Secrets are never stored: only the SHA-256 of a key, found through code_registry
-- ('api_key:<hex of the hash>', 'site_key:<key>', 'organization:<slug>').

create table app.api_keys (
  organization_id uuid not null,
  id uuid not null,
  partner_id uuid,  -- null: a key of the organization's staff
  name text not null,
  prefix text not null,
  secret_hash bytea not null,
  live boolean not null default true,
  expires_at timestamptz,
  revoked_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint api_keys_pk primary key (organization_id, id),
  constraint api_keys_secret_hash unique (organization_id, secret_hash),
  constraint api_keys_secret_hash_size check (octet_length(secret_hash) = 32)
);
select app.scale_distribute('app.api_keys');

-- A site key is public: it names the organization to browsers of its allowed origins.
create table app.site_keys (
  organization_id uuid not null,
  id uuid not null,
  name text not null,
  key text not null,
  allowed_origins text[] not null,
  revoked_at timestamptz,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint site_keys_pk primary key (organization_id, id),
  constraint site_keys_key unique (organization_id, key),
  constraint site_keys_origins check (cardinality(allowed_origins) between 1 and 50)
);
select app.scale_distribute('app.site_keys');

alter table app.api_keys add constraint api_keys_organization_fk
  foreign key (organization_id) references app.organizations;
alter table app.api_keys add constraint api_keys_partner_fk
  foreign key (organization_id, partner_id) references app.partners;
alter table app.site_keys add constraint site_keys_organization_fk
  foreign key (organization_id) references app.organizations;
create index api_keys_created on app.api_keys (organization_id, created_at, id);
create index site_keys_created on app.site_keys (organization_id, created_at, id);

call app.wall('app.api_keys', 'partner_id');
call app.wall('app.site_keys');
create trigger touch before update on app.api_keys for each row execute function app.touch();
create trigger touch before update on app.site_keys for each row execute function app.touch();
grant select on app.api_keys, app.site_keys to app_read, app_write, app_money, app_service;
grant insert on app.api_keys, app.site_keys to app_write;
call app.allow_update('app.api_keys', 'app_write', array['name', 'expires_at', 'revoked_at']);
call app.allow_update('app.site_keys', 'app_write', array['name', 'allowed_origins', 'revoked_at']);

-- The log is listed by time.
create index audit_at on app.audit (organization_id, at, id);

-- A partner reads the organization that it belongs to: its name, zone and currency.
call app.add_policy('app.organizations', 'partners', 'select', 'app_read, app_write, app_money',
  '{actor_kind} = ''partner''');
