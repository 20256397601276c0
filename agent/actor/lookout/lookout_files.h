/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The files that are watched, as they were when they were last looked at: at most CONFIG_FILES_MAX. A file is looked at
 * after the kernel told of it, and what differs is a change. Of a file that there was no room for, what was told of it
 * is the change.
 */
#pragma once

#include "agent/actor/lookout/lookout_dirs.h"
#include "agent/actor/lookout/lookout_read.h"
#include "agent/actor/lookout/lookout_scramble.h"
#include "agent/actor/lookout/lookout_who.h"
#include "agent/base/lru.h"
#include "agent/common/lookout_sample.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LOOKOUT_FILE_NAME 88u /* bytes of the longest name of a known file */

struct lookout_known {
	struct lookout_content content;
	uint16_t dir;  /* its place in the table of directories */
	uint8_t group; /* enum file_group */
	uint8_t name_len;
	char name[LOOKOUT_FILE_NAME];
};

#define LOOKOUT_FILES_HEADS (4u * CONFIG_FILES_MAX + 16u)
#define LOOKOUT_FILES_BYTES (LOOKOUT_FILES_HEADS + CONFIG_FILES_MAX * (sizeof(struct lookout_known) + 16u))

struct lookout_files {
	struct lookout_dirs *dirs;
	bool full;    /* there was no room for one */
	bool changed; /* what is known is another since this was set to false */
	uint8_t by;   /* enum file_source of what a comparison finds */
	struct lru known;
	struct lookout_read now; /* the file that is looked at */
	struct lookout_scramble scramble;
	struct lookout_who head; /* who has files scrambled, if others do it for it */
	uint64_t memory[LOOKOUT_FILES_BYTES / sizeof(uint64_t) + 1];
};

/* What was told of a file. */
struct lookout_news {
	struct lookout_dir *dir;
	struct str name;
	uint32_t told;		       /* enum lookout_what; 0: nothing was, it is compared */
	uint8_t source;		       /* enum file_source */
	const struct lookout_who *who; /* NULL: not known */
};

/* A change as it is sent, with its texts behind it. */
union lookout_change {
	struct lookout_file head;
	char bytes[LOOKOUT_SAMPLE_MAX];
};

/* Who gets the changes; NULL in place of one: the files are as they should be. */
struct lookout_files_sink {
	void (*change)(void *context, const union lookout_change *change, size_t len);
	void *context;
};

/* Begin without any. */
void lookout_files_init(struct lookout_files *f, struct lookout_dirs *dirs);

/* Know a file of that directory as it was when another guard ran; its `dir` is not used. */
void lookout_files_adopt(struct lookout_files *f, const struct lookout_dir *dir, const struct lookout_known *known);

/* How many of that group (enum file_group) are known. */
unsigned lookout_files_count(const struct lookout_files *f, uint8_t group);

/* Look at a file, if it is wanted, and tell what changed. */
void lookout_files_look(struct lookout_files *f, const struct lookout_news *news,
			const struct lookout_files_sink *sink);

/*
 * Look at all files of the directories that are fresh, or of all, and at all those that were in a directory which is
 * watched no more.
 */
void lookout_files_compare(struct lookout_files *f, bool all, const struct lookout_files_sink *sink);
