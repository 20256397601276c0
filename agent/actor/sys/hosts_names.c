/* SPDX-License-Identifier: Apache-2.0 */
/* The names whose addresses rails spare, and what is kept of their answers. Asks nobody: hosts_resolve.c does. */
#include "agent/actor/sys/hosts_names.h"

#include "agent/base/str.h"

#include <stdio.h>
#include <string.h>

bool hosts_is_name(const char *name)
{
	struct addr a;

	return name && name[0] && addr_parse(str_from(name), &a) != ERR_OK;
}

static bool is_named(const struct hosts *h, const struct rails_host *host)
{
	for (unsigned i = 0; i < HOSTS_NAMES_MAX; i++)
		if (h->names[i] && h->names[i][0] && hosts_is_friend(i) == (host->kind == RAILS_FRIEND) &&
		    rails_name(h->names[i]) == host->name)
			return true;
	return false;
}

static bool is_answered(const struct hosts *h, const struct rails_hosts *known, unsigned i)
{
	for (unsigned row = 0; row < known->count; row++)
		if (h->names[i] && known->rows[row].name == rails_name(h->names[i]))
			return true;
	return false;
}

void hosts_drop_strangers(const struct hosts *h, struct rails_hosts *out)
{
	bool served = false, wanted = false;

	for (unsigned i = 0; i < HOSTS_SERVER_NAMES; i++) {
		wanted = wanted || (h->names[i] && h->names[i][0]);
		served = served || is_answered(h, out, i);
	}
	for (unsigned i = 0; i < out->count;) {
		struct rails_host host = out->rows[i];
		bool kept = host.kind == RAILS_SERVER ? wanted && !served : host.kind != RAILS_FRIEND;

		if (kept || is_named(h, &host))
			i++;
		else
			rails_hosts_forget(out, (enum rails_kind)host.kind, host.name);
	}
}

/* The phrase about one name; others are counted. */
static void say_silent(const struct hosts *h, const struct rails_hosts *known, char why[MESSAGE_WHY_MAX])
{
	unsigned first = HOSTS_NAMES_MAX, others = 0;
	char more[22] = "";

	for (unsigned i = HOSTS_SERVER_NAMES; i < HOSTS_NAMES_MAX; i++)
		for (unsigned s = 0; s < h->silent_count; s++) {
			if (!h->names[i] || h->silent[s] != rails_name(h->names[i]))
				continue;
			others += first != HOSTS_NAMES_MAX;
			first = first == HOSTS_NAMES_MAX ? i : first;
		}
	if (first == HOSTS_NAMES_MAX)
		return;
	if (others)
		snprintf(more, sizeof(more), " (and %u others)", others % 1000);
	snprintf(why, MESSAGE_WHY_MAX, "never_ban: %.32s%s cannot be resolved; %s", h->names[first], more,
		 is_answered(h, known, first) ? "its last answer is kept" : "it may be banned until it can");
}

void hosts_gaps(const struct hosts *h, const struct rails_hosts *known, char why[MESSAGE_WHY_MAX])
{
	static const char *const words[RAILS_KINDS] = {"own addresses", "gateways", "resolvers", "service's addresses",
						       "addresses of never_ban's names"};

	memset(why, 0, MESSAGE_WHY_MAX);
	say_silent(h, known, why);
	for (unsigned kind = 0; kind < RAILS_KINDS && !why[0]; kind++)
		if (known->left_out[kind])
			snprintf(why, MESSAGE_WHY_MAX, "%u of the %s may be banned: only %u have room",
				 known->left_out[kind], words[kind], known->of[kind]);
}
