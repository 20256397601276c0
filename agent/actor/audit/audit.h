/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The audit of what this device offers to an attacker: checks that look at files and settings, and say what they found.
 * A check is a row of audit_table.c and a file of its own; it changes nothing, and reads below `root` only.
 */
#pragma once

#include "agent/base/severity.h"
#include "agent/base/str.h"
#include "agent/common/exposure_sample.h"
#include "agent/common/settings.h"

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>

#define AUDIT_FILE_MAX (256u << 10) /* bytes of a file that are read; of a longer one the beginning */
#define AUDIT_NAMES_MAX 32	    /* files that fit one pattern */

struct audit_tried;

enum audit_guess {
	AUDIT_GUESS_WRONG,
	AUDIT_GUESS_RIGHT,
	AUDIT_GUESS_UNABLE, /* this machine's crypt(3) does not know such hashes */
	AUDIT_GUESS_GONE,   /* it took too long, or more memory than it may */
	AUDIT_GUESS_LATER,  /* not tried, because this round has tried enough, or has nobody to ask any more */
};

struct audit {
	int root; /* descriptor of the directory that is the machine's root */
	const struct settings *settings;
	bool whole;    /* also checks that take long */
	int64_t now_s; /* since 1970, by the machine's clock */
	uint8_t check;
	bool accounts; /* as its row says */
	/* Whether a password has that hash, in a process that can do nothing else; NULL: there is none. */
	enum audit_guess (*guess)(const char *hash, const char *password);
	struct audit_tried *tried; /* what rounds remember of guesses */
	void (*put)(void *context, const struct exposure_sample *sample);
	void *context;
};

struct audit_check {
	const char *name; /* for people: "accounts" */
	bool slow;	  /* it takes seconds, so it is part of whole rounds only */
	bool accounts;	  /* the objects of what it finds are accounts */
	void (*run)(struct audit *a);
};

extern const struct audit_check audit_accounts, audit_listeners, audit_sshd, audit_sysctls, audit_modes, audit_keys,
	audit_certificates, audit_snmp, audit_upnp, audit_firmware, audit_passwords;

/* All checks of this build, ended by NULL; at most EXPOSURE_CHECKS_MAX. Their order is their number. */
extern const struct audit_check *const audit_checks[];

/* Say that the check has ended (EXPOSURE_SAMPLE_DONE), or the round (EXPOSURE_SAMPLE_END). */
void audit_ended(struct audit *a, enum exposure_sample_kind kind);

/* What can be wrong, and what is to be done about it. */
struct audit_risk {
	const char *id;
	enum severity severity;
	const char *remedy;
};

struct audit_finding {
	const struct audit_risk *risk;
	struct str object;
};

/* Say that the risk was found with an object; the evidence in the manner of printf(3). No password, no hash. */
void audit_found(struct audit *a, const struct audit_finding *finding, const char *evidence, ...)
	__attribute__((format(printf, 3, 4)));

/* Say what could not be looked at, and why. */
void audit_skipped(struct audit *a, const char *id, struct str object, const char *why);

/*
 * Read a file into memory[AUDIT_FILE_MAX]; `path` has no '/' in front. False: there is none, or it cannot be read
 * (then that was said, in the name of `id`). What is no regular file is none, and is not opened.
 */
bool audit_read(struct audit *a, const char *path, char *memory, struct str *text);

/* The next account of passwd(5)'s text that is one, and not a line of NIS or of nothing. False: there is no more. */
struct audit_account {
	struct str name, hash, home, shell;
	uint32_t uid;
};
bool audit_account_next(struct str *text, struct audit_account *out);

/*
 * The files in the directory that fit the pattern in the last part of the path (common/file_pattern.h), or have that
 * name, by their names in order; at most AUDIT_NAMES_MAX. Neither has a '/' in front.
 */
struct audit_names {
	unsigned count;
	char dir[SETTINGS_PATH_MAX];
	char names[AUDIT_NAMES_MAX][NAME_MAX + 1];
};
void audit_names_read(const struct audit *a, const char *path, struct audit_names *out);
