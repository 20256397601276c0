/* SPDX-License-Identifier: Apache-2.0 */
/* Keeps the trust bundle fresh: enrolment and renewal replace its files while the guard runs. */
#include "agent/actor/rails/mandate.h"

#include "agent/base/now.h"
#include "agent/base/say.h"
#include "agent/common/trust_bundle.h"

#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#define PATH_BYTES 512

/* A number that changes when any of the files does: newest change and sum of sizes and inodes. */
static void stamp_of(const char *dir, int64_t stamp[2])
{
	static const char *const names[] = {"",		  "device_id",	    "group", "server_name", "order_keys.pem",
					    "escrow.pem", TRUST_BUNDLE_FILE};
	char path[PATH_BYTES];
	struct stat st;

	stamp[0] = stamp[1] = 0;
	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		snprintf(path, sizeof(path), "%s/%s", dir, names[i]);
		if (stat(path, &st) != 0)
			continue;
		int64_t changed_us = (int64_t)st.st_ctim.tv_sec * SECOND_US + st.st_ctim.tv_nsec / 1000;

		if (changed_us > stamp[0])
			stamp[0] = changed_us;
		stamp[1] += (int64_t)st.st_ino + (int64_t)st.st_size;
	}
}

void mandate_refresh(struct mandate *m, const char *trust_dir)
{
	int64_t stamp[2];
	const char *bad = NULL;

	stamp_of(trust_dir, stamp);
	if (m->trust_state == ERR_OK && memcmp(stamp, m->trust_stamp, sizeof(stamp)) == 0)
		return;
	memcpy(m->trust_stamp, stamp, sizeof(stamp));
	m->trust_state = trust_load(trust_dir, &m->trust, &bad);
	if (bad)
		say(SAY_ERR, "%s/%s does not parse; no order is obeyed", trust_dir, bad);
}
