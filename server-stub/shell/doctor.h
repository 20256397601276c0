/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What `caltrop-server doctor` looks at, one function a check; doctor.c has their table. A check says what it found,
 * and where something is wrong what to do, in one sentence. It changes nothing.
 */
#pragma once

#include "server-stub/fleet/fleet.h"
#include "server-stub/fleet/fleet_conf.h"

#include <stdbool.h>

enum doctor_verdict {
	DOCTOR_OK,
	DOCTOR_WARN, /* it works today */
	DOCTOR_FAIL, /* the service does not start, or does not serve */
	DOCTOR_VERDICTS,
};

struct doctor {
	const char *dir;
	bool json;
	bool running;		/* a service serves this fleet now */
	struct fleet_conf conf; /* read before the first check */
	struct fleet fleet;
	bool has_fleet;	   /* `fleet` was read */
	const char *check; /* the name of the one that runs */
	unsigned counts[DOCTOR_VERDICTS];
};

/* Say a finding of the check that runs. */
void doctor_say(struct doctor *d, enum doctor_verdict verdict, const char *format, ...)
	__attribute__((format(printf, 3, 4)));

struct store;

/* The store, for the caller to close; NULL: it cannot be opened, or is of another version. doctor_store() says which.
 */
struct store *doctor_store_open(const struct doctor *d);

void doctor_folder(struct doctor *d);  /* its owner and mode */
void doctor_keys(struct doctor *d);    /* private keys: there, for their owner alone */
void doctor_fleet(struct doctor *d);   /* what is public in the fleet's directory fits together */
void doctor_link(struct doctor *d);    /* the certificate by which devices know the service */
void doctor_api(struct doctor *d);     /* the API's certificate: its key, its end, its names */
void doctor_signon(struct doctor *d);  /* [sso], and the files that it names */
void doctor_store(struct doctor *d);   /* the store: its version, its pages, whose it is */
void doctor_audit(struct doctor *d);   /* the audit log's chain of hashes */
void doctor_disk(struct doctor *d);    /* room where the store is */
void doctor_clock(struct doctor *d);   /* the wall clock against what the store holds */
void doctor_files(struct doctor *d);   /* the limit of open files */
void doctor_ports(struct doctor *d);   /* free, or ours */
void doctor_sandbox(struct doctor *d); /* what of the kernel's the fence needs */
