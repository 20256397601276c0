/* SPDX-License-Identifier: Apache-2.0 */
/* Compares what browser and authenticator say with what was asked for. Looks at no key and no signature. */
#include "server-stub/api/ceremony.h"

#include "agent/base/clock.h"
#include "agent/base/key.h"
#include "server-stub/api/reply.h"

#include <string.h>

static bool refuse(struct call *call, enum fault fault, const char *why)
{
	reply_error(call, fault, "%s", why);
	return false;
}

static bool is_asked_for(struct call *call, const struct ceremony *c)
{
	switch (challenge_check(call->api->challenges, str_from(c->purpose), clock_mono_us(), c->client.challenge)) {
	case ERR_OK: return true;
	case ERR_EXPIRED: return refuse(call, FAULT_EXPIRED, "This took longer than five minutes; try again.");
	case ERR_REPLAYED: return refuse(call, FAULT_ALREADY_USED, "This was sent before; try again.");
	default:
		return refuse(call, FAULT_INVALID,
			      "This answers no challenge of this service, or of one before its last start; try again.");
	}
}

/* Those that the service's own certificate is for. Browsers write host names in small letters. */
static bool is_named(struct call *call, const char *host)
{
	if (strcmp(host, "localhost") == 0)
		return true;
	for (unsigned i = 0; i < call->api->env.name_count; i++)
		if (str_equal_fold(str_from(host), str_from(call->api->env.names[i])))
			return true;
	reply_error(call, FAULT_FORBIDDEN,
		    "Passkeys are for the names of this service ([server] names in server.conf), and '%s' is none of "
		    "them.",
		    host);
	return false;
}

bool ceremony_good(struct call *call, struct ceremony *c)
{
	const struct authenticator *a = &c->authenticator;
	uint8_t rp_sha256[32];

	if (client_data_read(c->client_data, &c->client) != ERR_OK || c->client.is_new != c->is_new)
		return refuse(call, FAULT_INVALID,
			      "'client_data' is not what a browser says of a page of this service.");
	if (!is_asked_for(call, c) || !is_named(call, c->client.host))
		return false;
	key_sha256(c->client.host, strlen(c->client.host), rp_sha256);
	if (memcmp(rp_sha256, a->rp_sha256, sizeof(rp_sha256)) != 0)
		return refuse(call, FAULT_INVALID, "The authenticator answered for another name than the page's.");
	if (!(a->flags & AUTHENTICATOR_PRESENT) || !(a->flags & AUTHENTICATOR_VERIFIED))
		return refuse(call, FAULT_INVALID,
			      "The authenticator must know its owner, by PIN, finger or face (user verification).");
	return true;
}
