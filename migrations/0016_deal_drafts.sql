-- 0016_deal_drafts.sql: what may still be changed about deals. A draft is the next version of a deal before it is
-- published; a template is a set of terms that deals are made from. Both hold terms as a client writes them.

create table app.deal_drafts (
  organization_id uuid not null,
  deal_id uuid not null,
  partner_id uuid not null,
  terms jsonb not null,
  author_id uuid not null,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint deal_drafts_pk primary key (organization_id, deal_id),
  constraint deal_drafts_terms check (jsonb_typeof(terms) = 'array')
);
select app.scale_distribute('app.deal_drafts');
create table app.deal_templates (
  organization_id uuid not null,
  id uuid not null,
  name text not null,
  terms jsonb not null,
  is_default boolean not null default false,  -- who becomes active without a deal gets one of these terms
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  constraint deal_templates_pk primary key (organization_id, id),
  constraint deal_templates_name unique (organization_id, name),
  constraint deal_templates_terms check (jsonb_typeof(terms) = 'array')
);
select app.scale_distribute('app.deal_templates');
alter table app.deal_drafts add constraint deal_drafts_deal_fk
  foreign key (organization_id, deal_id) references app.deals;
alter table app.deal_drafts add constraint deal_drafts_partner_fk
  foreign key (organization_id, partner_id) references app.partners;
alter table app.deal_templates add constraint deal_templates_organization_fk
  foreign key (organization_id) references app.organizations;
create unique index deal_templates_default on app.deal_templates (organization_id) where is_default;

-- A partner sees what is agreed, not what its organization is thinking about.
call app.wall('app.deal_drafts');
call app.wall('app.deal_templates');
create trigger touch before update on app.deal_drafts for each row execute function app.touch();
create trigger touch before update on app.deal_templates for each row execute function app.touch();
grant select on app.deal_drafts, app.deal_templates to app_read, app_write;
grant insert, delete on app.deal_drafts, app.deal_templates to app_write;
call app.allow_update('app.deal_drafts', 'app_write', array['terms', 'author_id']);
call app.allow_update('app.deal_templates', 'app_write', array['name', 'terms', 'is_default']);
