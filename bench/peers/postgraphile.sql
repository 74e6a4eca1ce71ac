-- What PostGraphile makes its schema from: views and functions, as its documentation recommends
-- for an API that is not the tables. Who asks stands in jwt.claims, as its pgSettings put it.
DROP SCHEMA IF EXISTS api CASCADE;
CREATE SCHEMA api;

CREATE TYPE api.organization_action AS ENUM ('INVITE_MEMBER');
CREATE TYPE api.plan AS (code text, name text);
CREATE TYPE api.money AS (amount int, currency text);
CREATE TYPE api.price AS (unit_amount api.money);
-- not "subscription": GraphQL has a type of that name, the root of live operations
CREATE TYPE api.purchase AS
    (status text, seats int, interval text, current_period_end text, price api.price);
CREATE TYPE api.seat_usage AS ("limit" int, purchased int, occupied int, reserved int, available int);
CREATE TYPE api.capability AS (allowed boolean);
CREATE TYPE api.seat AS (id text, number int, state text, since text);

CREATE FUNCTION api.global_id(letter text, VARIADIC ids uuid[]) RETURNS text
LANGUAGE sql IMMUTABLE AS $$
    SELECT translate(
        rtrim(replace(encode(letter::bytea || decode(replace(array_to_string(ids, ''), '-', ''), 'hex'),
            'base64'), E'\n', ''), '='), '+/', '-_')
$$;
COMMENT ON FUNCTION api.global_id(text, uuid[]) IS E'@behavior -*';

CREATE FUNCTION api.moment(at timestamptz) RETURNS text
LANGUAGE sql STABLE AS $$ SELECT to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') $$;
COMMENT ON FUNCTION api.moment(timestamptz) IS E'@behavior -*';

CREATE FUNCTION api.viewer_id() RETURNS uuid
LANGUAGE sql STABLE AS $$
    SELECT id FROM public.users
    WHERE issuer = current_setting('jwt.claims.iss', true)
        AND subject = current_setting('jwt.claims.sub', true)
$$;
COMMENT ON FUNCTION api.viewer_id() IS E'@behavior -*';

CREATE VIEW api.person AS
SELECT u.id AS key, api.global_id('U', u.id) AS id, u.name, u.email FROM public.users u;

CREATE VIEW api.organization AS
SELECT o.id AS key, m.role AS viewer_role, api.global_id('O', o.id) AS id, o.name, o.display_name
FROM public.members m JOIN public.organizations o ON o.id = m.organization_id
WHERE m.user_id = (SELECT api.viewer_id()) AND m.removed_at IS NULL AND o.deleted_at IS NULL;

CREATE VIEW api.member AS
SELECT m.organization_id, m.id AS key, m.user_id, api.global_id('M', m.organization_id, m.id) AS id,
    m.role, m.status, m.joined_at AS ordered_at, api.moment(m.joined_at) AS joined_at
FROM public.members m WHERE m.removed_at IS NULL;

CREATE FUNCTION api.viewer() RETURNS api.person
LANGUAGE sql STABLE AS $$ SELECT p FROM api.person p WHERE p.key = api.viewer_id() $$;

CREATE FUNCTION api.organization_by_name(name text) RETURNS api.organization
LANGUAGE sql STABLE AS $$ SELECT o FROM api.organization o WHERE o.name = organization_by_name.name $$;

CREATE FUNCTION api.person_organizations(person api.person) RETURNS SETOF api.organization
LANGUAGE sql STABLE AS $$
    SELECT o.* FROM api.organization o WHERE person.key = api.viewer_id() ORDER BY o.name
$$;

CREATE FUNCTION api.organization_plan(organization api.organization) RETURNS api.plan
LANGUAGE sql STABLE AS $$
    SELECT (p.code, p.name)::api.plan
    FROM public.subscriptions s JOIN public.plans p ON p.code = s.plan_code
    WHERE s.organization_id = organization.key AND s.is_current
$$;

CREATE FUNCTION api.organization_subscription(organization api.organization) RETURNS api.purchase
LANGUAGE plpgsql STABLE AS $$
BEGIN
    IF organization.viewer_role NOT IN ('OWNER', 'ADMIN') THEN
        RAISE EXCEPTION 'Only owner and admin see it.' USING ERRCODE = '42501';
    END IF;
    RETURN (
        SELECT (s.status, s.seats, r.interval, api.moment(s.current_period_end),
            ROW((r.unit_amount, r.currency)::api.money))::api.purchase
        FROM public.subscriptions s JOIN public.prices r ON r.id = s.price_id
        WHERE s.organization_id = organization.key AND s.is_current
    );
END
$$;

CREATE FUNCTION api.organization_seat_usage(organization api.organization) RETURNS api.seat_usage
LANGUAGE sql STABLE AS $$
    SELECT (l, s.seats, c.occupied, c.reserved, greatest(0, l - c.occupied - c.reserved))::api.seat_usage
    FROM public.subscriptions s JOIN public.plans p ON p.code = s.plan_code,
    LATERAL (SELECT least(p.maximum_seats, s.seats) AS l) limited,
    LATERAL (
        SELECT count(*) FILTER (WHERE state = 'OCCUPIED') AS occupied,
            count(*) FILTER (WHERE state = 'RESERVED' AND expires_at > now()) AS reserved
        FROM public.seats WHERE organization_id = organization.key AND ended_at IS NULL
    ) c
    WHERE s.organization_id = organization.key AND s.is_current
$$;

CREATE FUNCTION api.organization_viewer_can(
    organization api.organization, action api.organization_action
) RETURNS api.capability
LANGUAGE sql STABLE AS $$
    SELECT ROW(organization.viewer_role IN ('OWNER', 'ADMIN') AND usage.available > 0)::api.capability
    FROM api.organization_seat_usage(organization) usage
$$;

CREATE FUNCTION api.organization_members(organization api.organization) RETURNS SETOF api.member
LANGUAGE sql STABLE AS $$
    SELECT m.* FROM api.member m
    WHERE m.organization_id = organization.key ORDER BY m.ordered_at, m.key
$$;

CREATE FUNCTION api.member_user(member api.member) RETURNS api.person
LANGUAGE sql STABLE AS $$ SELECT p FROM api.person p WHERE p.key = member.user_id $$;

CREATE FUNCTION api.member_seat(member api.member) RETURNS api.seat
LANGUAGE sql STABLE AS $$
    SELECT (api.global_id('S', s.organization_id, s.id), s.number, s.state, api.moment(s.began_at))::api.seat
    FROM public.seats s
    WHERE s.organization_id = member.organization_id AND s.member_id = member.key
        AND s.ended_at IS NULL
$$;
