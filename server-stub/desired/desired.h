/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the devices of a group are to be, as their operator writes it, one file of YAML for each group:
 *
 *	group: cameras                    # default: the name of the file without .yml
 *	mode: enforce                     # or observe
 *	never_ban: [10.0.0.0/8]           # besides what the devices' own files have
 *	settings:                         # keys of caltrop.conf(5) that proto/tuning.h has
 *	  response:
 *	    ban_time: 30m
 *	  rule.brute_force:
 *	    count: 4
 *	rules: [rules]                    # files and folders of Sigma, or one pack, as seen from here
 *	policy: policies/camera.yml       # a packet-filter policy, in YAML or compiled
 *	playbooks: [playbooks/scan.yml]   # bound to incidents; of other names none stays on the devices
 *	waves: [1, 10%, 100%]             # who gets a change first (default: 1, 10%, 50%, 100%)
 *
 * Without `mode`, `never_ban` and `settings` the devices' settings are not looked after, and so are rules, policy and
 * playbooks without their key; an empty list of playbooks is one. There is no reference from one file to another, so
 * none goes in a circle. Of the YAML of the other files their own readers tell what is wrong.
 */
#pragma once

#include "proto/object.h"
#include "proto/tuning.h"
#include "server-stub/sigma/doc.h"

#include <stdbool.h>

#define DESIRED_BYTES_MAX (256u << 10) /* of a file */
#define DESIRED_MISTAKES_MAX 32
#define DESIRED_WHY_MAX DOC_WHY_MAX
#define DESIRED_PATHS_MAX 32
#define DESIRED_PATH_MAX 256
#define DESIRED_PLAYBOOKS_MAX 16 /* that a device keeps */
#define DESIRED_KEYS_MAX 256	 /* settings */
#define DESIRED_WAVES_MAX 8

struct desired_mistake {
	unsigned line, column; /* from 1; 0: the whole file */
	char why[DESIRED_WHY_MAX];
};

struct desired_mistakes {
	unsigned count; /* of more than fit, those that were found first */
	struct desired_mistake list[DESIRED_MISTAKES_MAX];
};

/* A file or folder, relative to the file that names it. */
struct desired_path {
	unsigned line, column;
	char text[DESIRED_PATH_MAX];
};

struct desired_wave {
	unsigned number; /* of devices, or of 100 */
	bool percent;
};

struct desired {
	char group[OBJECT_TEXT_MAX]; /* empty: the file does not say */
	bool has_settings, has_playbooks;
	size_t settings_len; /* as devices get them: the same settings are the same bytes */
	char settings[TUNING_BYTES_MAX];
	unsigned rule_count, playbook_count, wave_count;
	struct desired_path rules[DESIRED_PATHS_MAX], playbooks[DESIRED_PLAYBOOKS_MAX];
	struct desired_path policy; /* empty: none */
	struct desired_wave waves[DESIRED_WAVES_MAX];
};

/*
 * Read a file. True: it has no mistake, and *out is whole. False: *mistakes says why not, in the order of the file, and
 * what to write instead. The arena gets what YAML needs meanwhile.
 */
bool desired_read(struct str text, struct arena *arena, struct desired *out, struct desired_mistakes *mistakes);
