/* SPDX-License-Identifier: Apache-2.0 */
/* The table of the API's paths. openapi.json describes the same paths but the console's. */
#include "server-stub/api/audits.h"
#include "server-stub/api/bundles.h"
#include "server-stub/api/console.h"
#include "server-stub/api/desks.h"
#include "server-stub/api/devices.h"
#include "server-stub/api/events.h"
#include "server-stub/api/factor.h"
#include "server-stub/api/factories.h"
#include "server-stub/api/health.h"
#include "server-stub/api/incidents.h"
#include "server-stub/api/kept.h"
#include "server-stub/api/login.h"
#include "server-stub/api/objects.h"
#include "server-stub/api/orders.h"
#include "server-stub/api/outputs.h"
#include "server-stub/api/passkeys.h"
#include "server-stub/api/people.h"
#include "server-stub/api/receipts.h"
#include "server-stub/api/route.h"
#include "server-stub/api/sessions.h"
#include "server-stub/api/sso.h"
#include "server-stub/api/tokens.h"
#include "server-stub/api/users.h"

#define EVENT_FILTER "device group kind since until src user outcome process rule"

const struct route api_routes[] = {
	/* clang-format off */
	IF_ENABLED(CONFIG_CONSOLE, (
	{METHOD_GET, "/", 0, ROUTE_PUBLIC | ROUTE_QUIET, "console", "", console_page},
	{METHOD_GET, "/assets/*", 0, ROUTE_PUBLIC | ROUTE_QUIET, "console", "", console_asset},
	{METHOD_POST, "/api/v1/session/desk", 0, ROUTE_PUBLIC | ROUTE_QUIET, "desk.begin", "", desks_begin},
	{METHOD_POST, "/api/v1/session/desk/finish", 0, ROUTE_PUBLIC, "session.begin", "", desks_finish},
	{METHOD_GET, "/api/v1/desks/*", ROLE_ANY, ROUTE_PERSON | ROUTE_QUIET, "desk.show", "", desks_show},
	{METHOD_DELETE, "/api/v1/desks/*", ROLE_ANY, ROUTE_PERSON, "desk.refuse", "", desks_refuse},
	{METHOD_POST, "/api/v1/desks/*/confirm", ROLE_ANY, ROUTE_PERSON, "desk.confirm", "", desks_confirm},))
	IF_ENABLED(CONFIG_SSO, (
	{METHOD_GET, "/sso/return", 0, ROUTE_PUBLIC | ROUTE_QUIET, "console", "*", console_page},
	{METHOD_GET, "/api/v1/session/sso", 0, ROUTE_PUBLIC | ROUTE_QUIET, "sso.show", "", sso_show},
	{METHOD_POST, "/api/v1/session/sso", 0, ROUTE_PUBLIC | ROUTE_QUIET, "sso.begin", "", sso_begin},
	{METHOD_POST, "/api/v1/session/sso/finish", 0, ROUTE_PUBLIC, "session.begin", "", sso_finish},
	{METHOD_POST, "/api/v1/session/sso/factor", 0, ROUTE_PUBLIC, "session.begin", "", sso_factor},))
	/* clang-format on */

	{METHOD_GET, "/healthz", 0, ROUTE_PUBLIC | ROUTE_QUIET, "health", "", health_live},
	{METHOD_GET, "/readyz", 0, ROUTE_PUBLIC | ROUTE_QUIET, "health", "", health_ready},
	{METHOD_GET, "/metrics", ROLE_ANY, ROUTE_LOCAL | ROUTE_QUIET, "metrics", "", health_metrics},
	{METHOD_GET, "/api/v1/openapi.json", 0, ROUTE_PUBLIC | ROUTE_QUIET, "openapi", "", health_openapi},

	{METHOD_POST, "/api/v1/login", 0, ROUTE_PUBLIC, "session.begin", "", login_program},
	{METHOD_POST, "/api/v1/logout", ROLE_ANY, ROUTE_FIRST, "session.end", "", login_end},
	{METHOD_POST, "/api/v1/password", ROLE_ANY, ROUTE_FIRST | ROUTE_PERSON, "password", "", people_password},
	{METHOD_POST, "/api/v1/session", 0, ROUTE_PUBLIC, "session.begin", "", login_browser},
	{METHOD_GET, "/api/v1/session", ROLE_ANY, ROUTE_FIRST, "me", "", people_me},
	{METHOD_DELETE, "/api/v1/session", ROLE_ANY, ROUTE_FIRST, "session.end", "", login_end},
	{METHOD_GET, "/api/v1/me", ROLE_ANY, ROUTE_FIRST, "me", "", people_me},

	{METHOD_POST, "/api/v1/factor", ROLE_ANY, ROUTE_FACTOR | ROUTE_PERSON, "factor.begin", "", factor_begin},
	{METHOD_POST, "/api/v1/factor/confirm", ROLE_ANY, ROUTE_FACTOR | ROUTE_PERSON, "factor.confirm", "",
	 factor_confirm},

	{METHOD_GET, "/api/v1/session/challenge", 0, ROUTE_PUBLIC | ROUTE_QUIET, "session.challenge", "",
	 passkeys_challenge},
	{METHOD_POST, "/api/v1/session/passkey", 0, ROUTE_PUBLIC, "session.begin", "", passkeys_login},
	{METHOD_GET, "/api/v1/passkeys", ROLE_ANY, ROUTE_FACTOR | ROUTE_PERSON, "passkey.list", "limit", passkeys_list},
	{METHOD_POST, "/api/v1/passkeys", ROLE_ANY, ROUTE_FACTOR | ROUTE_PERSON, "passkey.add", "", passkeys_add},
	{METHOD_POST, "/api/v1/passkeys/begin", ROLE_ANY, ROUTE_FACTOR | ROUTE_PERSON, "passkey.begin", "",
	 passkeys_begin},
	{METHOD_POST, "/api/v1/passkeys/*/remove", ROLE_ANY, ROUTE_FACTOR | ROUTE_PERSON, "passkey.remove", "",
	 passkeys_remove},

	{METHOD_GET, "/api/v1/sessions", ROLE_ANY, 0, "session.list", "limit", sessions_list},
	{METHOD_POST, "/api/v1/sessions", ROLE_ANY, ROUTE_PERSON, "session.create", "", sessions_create},
	{METHOD_DELETE, "/api/v1/sessions/*", ROLE_ANY, ROUTE_PERSON, "session.end", "", sessions_end},

	{METHOD_GET, "/api/v1/users", ROLE_AUDIT, 0, "user.list", "limit", users_list},
	{METHOD_POST, "/api/v1/users", ROLE_ADMIN, ROUTE_PERSON, "user.add", "", users_add},
	{METHOD_POST, "/api/v1/users/*/role", ROLE_ADMIN, ROUTE_PERSON, "user.role", "", users_role},
	{METHOD_POST, "/api/v1/users/*/disable", ROLE_ADMIN, ROUTE_PERSON, "user.disable", "", users_disable},
	{METHOD_POST, "/api/v1/users/*/reset", ROLE_ADMIN, ROUTE_PERSON, "user.reset", "", users_reset},

	{METHOD_GET, "/api/v1/tokens", ROLE_ADMIN, 0, "token.list", "limit", tokens_list},
	{METHOD_POST, "/api/v1/tokens", ROLE_ADMIN, 0, "token.create", "", tokens_create},
	{METHOD_DELETE, "/api/v1/tokens/*", ROLE_ADMIN, 0, "token.revoke", "", tokens_revoke},

	{METHOD_GET, "/api/v1/card", ROLE_ANY, 0, "card.show", "", factories_card},
	{METHOD_GET, "/api/v1/factories", ROLE_ANY, 0, "factory.list", "limit", factories_list},
	{METHOD_POST, "/api/v1/factories", ROLE_ADMIN, 0, "factory.add", "", factories_add},
	{METHOD_GET, "/api/v1/factories/*", ROLE_ANY, 0, "factory.show", "", factories_show},
	{METHOD_DELETE, "/api/v1/factories/*", ROLE_ADMIN, 0, "factory.remove", "", factories_remove},

	{METHOD_GET, "/api/v1/devices", ROLE_ANY, 0, "device.list", "group state trust label q limit after",
	 devices_list},
	{METHOD_POST, "/api/v1/devices", ROLE_ADMIN, 0, "device.import", "", devices_import},
	{METHOD_GET, "/api/v1/devices/*", ROLE_ANY, 0, "device.show", "", devices_show},
	{METHOD_GET, "/api/v1/devices/*/receipts", ROLE_ACT, 0, "receipt.list", "limit after", receipts_list},
	{METHOD_POST, "/api/v1/devices/*/approve", ROLE_ADMIN, 0, "device.approve", "", devices_approve},
	{METHOD_POST, "/api/v1/devices/*/expect", ROLE_ADMIN, 0, "device.expect", "", devices_expect},
	{METHOD_POST, "/api/v1/devices/*/rename", ROLE_ADMIN, 0, "device.rename", "", devices_rename},
	{METHOD_POST, "/api/v1/devices/*/move", ROLE_ADMIN, 0, "device.move", "", devices_move},
	{METHOD_POST, "/api/v1/devices/*/label", ROLE_ADMIN, 0, "device.label", "", devices_label},
	{METHOD_DELETE, "/api/v1/devices/*", ROLE_ADMIN, 0, "device.delete", "", devices_delete},
	{METHOD_POST, "/api/v1/devices/*/revoke", ROLE_ADMIN, 0, "device.revoke", "", devices_revoke},

	{METHOD_GET, "/api/v1/events", ROLE_ANY, 0, "event.list", EVENT_FILTER " limit after", events_list},
	{METHOD_GET, "/api/v1/events/stream", ROLE_ANY, 0, "event.follow", EVENT_FILTER, events_stream},

	{METHOD_GET, "/api/v1/incidents", ROLE_ANY, 0, "incident.list", "state device limit after", incidents_list},
	{METHOD_GET, "/api/v1/incidents/stream", ROLE_ANY, 0, "incident.follow", "device", incidents_stream},
	{METHOD_GET, "/api/v1/incidents/*", ROLE_ANY, 0, "incident.show", "", incidents_show},
	{METHOD_POST, "/api/v1/incidents/*/close", ROLE_ACT, 0, "incident.close", "", incidents_close},
	{METHOD_POST, "/api/v1/incidents/*/note", ROLE_ACT, 0, "incident.note", "", incidents_note},
	{METHOD_POST, "/api/v1/incidents/*/verdict", ROLE_ACT, 0, "incident.verdict", "", incidents_verdict},
	{METHOD_POST, "/api/v1/incidents/*/assign", ROLE_ACT, 0, "incident.assign", "", incidents_assign},

	{METHOD_GET, "/api/v1/orders", ROLE_ANY, 0, "order.list", "limit after", orders_list},
	{METHOD_POST, "/api/v1/orders", ROLE_ACT, 0, "order.push", "", orders_push},
	{METHOD_GET, "/api/v1/orders/*", ROLE_ANY, 0, "order.show", "", orders_show},
	{METHOD_POST, "/api/v1/orders/*/sign", ROLE_ACT, 0, "order.sign", "", orders_sign},
	{METHOD_POST, "/api/v1/orders/*/cancel", ROLE_ACT, 0, "order.cancel", "", orders_cancel},
	{METHOD_GET, "/api/v1/orders/*/stream", ROLE_ANY, 0, "order.follow", "", orders_stream},

	{METHOD_GET, "/api/v1/objects", ROLE_ANY, 0, "object.list", "device limit after", objects_list},
	{METHOD_POST, "/api/v1/objects", ROLE_ADMIN, 0, "object.make", "", objects_make},
	{METHOD_GET, "/api/v1/objects/*", ROLE_ANY, 0, "object.show", "", objects_show},
	{METHOD_DELETE, "/api/v1/objects/*", ROLE_ADMIN, 0, "object.remove", "", objects_remove},
	{METHOD_GET, "/api/v1/objects/*/bytes", ROLE_ACT, 0, "object.get", "offset", objects_bytes},
	{METHOD_POST, "/api/v1/objects/*/bytes", ROLE_ADMIN, ROUTE_QUIET, "object.add", "", objects_add},

	{METHOD_GET, "/api/v1/kept", ROLE_ANY, 0, "kept.list", "group limit after", kept_list},

	{METHOD_GET, "/api/v1/outputs", ROLE_ANY, 0, "output.list", "limit", outputs_list},
	{METHOD_POST, "/api/v1/outputs", ROLE_ADMIN, 0, "output.add", "", outputs_add},
	{METHOD_GET, "/api/v1/outputs/*", ROLE_ANY, 0, "output.show", "", outputs_show},
	{METHOD_DELETE, "/api/v1/outputs/*", ROLE_ADMIN, 0, "output.delete", "", outputs_delete},
	{METHOD_POST, "/api/v1/outputs/*/test", ROLE_ADMIN, 0, "output.test", "", outputs_test},

	{METHOD_GET, "/api/v1/trust", ROLE_ANY, 0, "trust.show", "", bundles_show},
	{METHOD_POST, "/api/v1/trust", ROLE_ADMIN, 0, "trust.push", "", bundles_push},

	{METHOD_GET, "/api/v1/audit", ROLE_AUDIT, 0, "audit.list", "limit after order", audits_list},
	{.path = NULL},
};
