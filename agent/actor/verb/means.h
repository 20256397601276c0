/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What verbs work with: the firewall, the addresses that this machine needs, its accounts. A verb's row names its
 * means. The loop opens the means that are named, waits for their descriptors, and keeps the capabilities that they
 * need, without knowing any of them. Members that a means does not need are NULL.
 */
#pragma once

#include <stdint.h>

#define MEANS_MAX 12	/* of one build */
#define MEANS_FDS_MAX 2 /* descriptors of one means */
#define MEANS_OF_ROW 3

struct actor;

struct means {
	uint64_t capabilities; /* bits of linux/capability.h */

	/* At start, before the journal is replayed. What does not open is health's to tell. */
	void (*open)(struct actor *a);

	/* After the replay and before the first request: make the machine agree with the ledger. */
	void (*replayed)(struct actor *a);

	/* The i-th descriptor to wait for, -1: there is none just now; and what to do when it can be read. */
	int (*fd)(const struct actor *a, unsigned i);
	void (*ready)(struct actor *a, unsigned i);

	/* Do what is due; and when that is next, CLOCK_BOOTTIME, INT64_MAX: never. */
	void (*tick)(struct actor *a, int64_t mono_us);
	int64_t (*next_us)(const struct actor *a);

	/* The settings or the trust bundle are new. */
	void (*renew)(struct actor *a);

	/* caltropd ends: take away what is of use only while it runs. */
	void (*end)(struct actor *a);
};

extern const struct means firewall_means;
extern const struct means addresses_means;
extern const struct means accounts_means;
extern const struct means processes_means;
extern const struct means connections_means;
extern const struct means files_means;
extern const struct means collected_means;
extern const struct means programs_means;

/* Collect the means of all rows into a->means, each once. */
void means_collect(struct actor *a);

/* Call end() of those collected. */
void means_end(struct actor *a);

/* The capabilities of those collected. */
uint64_t means_capabilities(const struct actor *a);
