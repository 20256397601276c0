/* SPDX-License-Identifier: Apache-2.0 */
/* Decodes by the settings' patterns, and takes the source from <src> only. Judges no pattern: agent/match did. */
#include "agent/sensors/log/custom.h"

#include "agent/match/match.h"
#include "agent/match/prove.h"
#include "agent/sensors/log/peer.h"

static struct custom {
	const struct decoder *row;
	bool whole_only; /* a cut could move <src> */
	struct match match;
} customs[DECODER_MAX];

unsigned custom_count;

void custom_use(const struct decoder *rows, unsigned count)
{
	char why[MATCH_WHY_MAX];

	custom_count = 0;
	for (unsigned i = 0; i < count; i++) {
		struct custom *c = &customs[custom_count];

		if (match_compile(&c->match, str_from(rows[i].pattern), why) != ERR_OK)
			continue;
		c->row = &rows[i];
		c->whole_only = prove_cut(&c->match, MATCH_SRC) != PROVE_ONE_WAY;
		custom_count++;
	}
}

static void set_port(struct auth_event *a, struct str text)
{
	uint64_t port = 0;

	if ((a->src.family || a->src_host.len) && text.data && str_number(text, UINT16_MAX, &port) == ERR_OK)
		a->src_port = (uint16_t)port;
}

static bool decode(const struct custom *c, const struct sensor_line *line, struct event *out)
{
	struct str fields[MATCH_FIELDS];
	struct auth_event *a = &out->auth;

	if (!match_run(&c->match, line->message, fields) || !peer_set(a, fields[MATCH_SRC]))
		return false;
	set_port(a, fields[MATCH_PORT]);
	if (line->may_be_cut && c->whole_only)
		peer_clear(a);
	a->service = SERVICE_OTHER;
	a->service_name = fields[MATCH_SERVICE].len ? fields[MATCH_SERVICE] : line->program;
	a->outcome = c->row->outcome;
	a->reason = a->outcome == AUTH_FAILURE ? REASON_BAD_CREDENTIAL : REASON_NONE;
	a->user = fields[MATCH_USER];
	a->shared = true; /* who knows how many clients a process of the program serves? */
	return true;
}

bool custom_decode(const struct sensor_line *line, struct event *out)
{
	for (unsigned i = 0; i < custom_count; i++)
		if (decoder_is_for(customs[i].row, line->program) && decode(&customs[i], line, out))
			return true;
	return false;
}
