/* SPDX-License-Identifier: Apache-2.0 */
/*
 * When a process, or another one that it speaks to, is killed: before one of its effects, which are the calls that
 * change a file or send, and whatever says that it is one. fate.c has those calls in place of the C library's, so only
 * a program that means to be killed is linked with it; and the clocks, which stand still but for fate_pass(). A kill is
 * no power cut: what was written is there, synced or not, but a write may end with a page.
 */
#pragma once

#include <stdbool.h>
#include <stdint.h>

/* In memory that outlives the process. */
struct fate {
	uint64_t chance; /* the seed */
	int64_t now_s;	 /* of both clocks, above FATE_BOOT_S by the wall */
	unsigned left;	 /* effects until the kill */
	bool of_other;	 /* it is the other's */
	uint64_t effects, others;
};

#define FATE_BOOT_S 1800000000

/* Draw when the next kill comes, and whose. */
void fate_draw(struct fate *f);

/* From now on effects of this process count. `kill_other` ends the one that it speaks to, and returns. */
void fate_begin(struct fate *f, void (*kill_other)(void));

/* Before an effect that is no call. */
void fate_effect(void);

/* Below `below`. */
uint64_t fate_chance(struct fate *f, uint64_t below);

/* Up to ten minutes pass, or none. */
void fate_pass(struct fate *f);
