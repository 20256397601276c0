/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the auditing process (agent/actor/audit) tells the exposure sensor, one sample a datagram. The numbers have the
 * machine's own byte order, since nothing of it leaves the machine. No sample has a password or a hash in it.
 */
#pragma once

#include <stdint.h>

#define EXPOSURE_SAMPLE_VERSION 2
#define EXPOSURE_CHECKS_MAX 16

enum exposure_sample_kind {
	EXPOSURE_SAMPLE_FOUND = 1,   /* something is at risk */
	EXPOSURE_SAMPLE_SKIPPED = 2, /* something could not be looked at; `evidence` says why */
	EXPOSURE_SAMPLE_DONE = 3,    /* a check has ended: what it found before and not now is fixed */
	EXPOSURE_SAMPLE_END = 4,     /* the round has ended */
	EXPOSURE_SAMPLE_KINDS = 5,
};

/* Texts are ended by NUL if they are shorter. */
struct exposure_sample {
	uint8_t version;  /* EXPOSURE_SAMPLE_VERSION */
	uint8_t kind;	  /* enum exposure_sample_kind */
	uint8_t check;	  /* the check that it is of, below EXPOSURE_CHECKS_MAX */
	uint8_t severity; /* enum severity; of SKIPPED: SEV_INFO */
	uint8_t account;  /* 1: the object is an account */
	char id[32];	  /* "empty_password": what is wrong, the same for ever */
	char object[96];  /* with what: an account, a path, a port, a setting; a longer one is cut */
	char evidence[128];
	char remedy[128];
};
