/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Incidents that the service itself opens about who a device is and whether it is there. A notice says what was seen;
 * it is an entry of the log, or follows from one, and the follower makes an incident of one device, one rule and one
 * episode of it. The device cannot speak about these incidents.
 */
#pragma once

#include "agent/base/err.h"
#include "server-stub/ingest/follow.h"
#include "server-stub/store/log.h"

#include <stdbool.h>
#include <stdint.h>

enum notice_rule {
	NOTICE_TWINS = 1,      /* two guards use one identity at a time */
	NOTICE_SUPERSEDED = 2, /* a certificate was used that a newer one had replaced */
	NOTICE_SILENT = 3,     /* the device was not heard for longer than it may be silent */
	NOTICE_CROWD = 4,      /* several devices banned one address; told of the last of them */
	NOTICE_HUSH = 5,       /* many devices fell silent at a time; told of one of them */
	NOTICE_SPREAD = 6,     /* one file came to several devices; told of the last of them */
};

#define NOTICE_TEXT_MAX 352

struct notice {
	uint8_t device[STORE_ID];
	enum notice_rule rule;
	bool is_over;	  /* the incident ends; when there is none, nothing happens */
	int64_t episode;  /* what belongs to one incident has one number, of the caller's choice */
	int64_t since_us; /* when it began; for a new incident */
	int64_t wall_us;
	char text[NOTICE_TEXT_MAX]; /* a line of evidence */
};

/* Append the notice to the log. Errors are the store's. */
ERR_CHECK enum err notice_post(struct store *s, const struct notice *n);

/*
 * Tell the views of a notice: open the incident, or count it once more and open it again if it was closed, or close it.
 * A NOTICE_SILENT, NOTICE_CROWD or NOTICE_SPREAD whose incident is there changes nothing, also when a person closed
 * it. For the follower. ERR_PROTOCOL: the entry is none.
 */
ERR_CHECK enum err notice_fold(struct store *s, const struct log_batch *entry, const struct follow_news *news);

/* Whether the notice's incident is in the views. */
ERR_CHECK enum err notice_is_known(struct store *s, const struct notice *n, bool *known);

/* Whether it is there and open. */
ERR_CHECK enum err notice_is_open(struct store *s, const struct notice *n, bool *open);

/* Whether incidents of this rule are the service's own. */
bool notice_is_ours(const char *rule_id);
