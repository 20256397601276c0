/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The processes that live now, as the sources told of them: at most CONFIG_PROCESSES_MAX, then the one that was of use
 * longest ago makes room and is counted. A process is its pid and the time it was made, so a pid that is used again is
 * another process. Texts are kept cut: of a path its end, of arguments their begin.
 */
#pragma once

#include "agent/base/lru.h"
#include "agent/base/str.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define PROCESS_TABLE_NAME 16u
#define PROCESS_TABLE_IMAGE 112u
#define PROCESS_TABLE_ARGS 120u

struct process_entry {
	uint64_t start, parent_start; /* 1/100 s since boot; 0: not known */
	uint32_t pid, ppid;
	uint32_t uid, euid, loginuid;
	bool ids; /* the three are known */
	bool args_cut;
	uint8_t source; /* enum process_source */
	uint8_t name_len, image_len, args_len;
	uint8_t exe_len; /* 0: the image is what runs. Else a multi-call program runs; its path is exe */
	char name[PROCESS_TABLE_NAME];
	char exe[PROCESS_TABLE_IMAGE / 2];
	char image[PROCESS_TABLE_IMAGE];
	char args[PROCESS_TABLE_ARGS];
};

#define PROCESS_TABLE_HEADS (4u * CONFIG_PROCESSES_MAX + 16u) /* at most, whatever power of two it becomes */
#define PROCESS_TABLE_BYTES (PROCESS_TABLE_HEADS + CONFIG_PROCESSES_MAX * (sizeof(struct process_entry) + 16u))

struct process_table {
	struct lru lru;
	uint64_t memory[PROCESS_TABLE_BYTES / sizeof(uint64_t) + 1];
};

/* Begin an empty table. Its pages are written only as it fills. */
void process_table_init(struct process_table *t);

/* The process; NULL: it is not in the table. A start of 0 is any. */
struct process_entry *process_table_find(const struct process_table *t, uint32_t pid, uint64_t start);

/* The process's place, all zeros but for pid and start; what had this pid before is forgotten. Never NULL. */
struct process_entry *process_table_add(struct process_table *t, uint32_t pid, uint64_t start);

void process_table_remove(struct process_table *t, struct process_entry *e);

/* The parent, if it still lives and is known, which then counts as used; else NULL. */
struct process_entry *process_table_parent(struct process_table *t, const struct process_entry *e);

/* Entry number `row`, from 0 on, from the one that was of use longest ago; NULL: there are fewer. */
const struct process_entry *process_table_at(const struct process_table *t, uint32_t row);
