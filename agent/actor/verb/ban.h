/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Bans beyond the single request: taking them back when they end, keeping kernel, table and journal in agreement.
 * Journal policy: a ban is written before the kernel is told and synced right after (the worker does that), because it
 * ends by itself anyway: a crash of any process loses nothing, a power cut at most the last bans, and those come again
 * from the log lines that caused them.
 */
#pragma once

#include "agent/actor/verb/actor.h"

/* A record of the journal, at start. */
void ban_replay(struct actor *a, const struct journal_record *record);

/* The record of one in force, for a rewrite. */
void ban_record(const struct actor *a, const struct ban *ban, struct journal_record *out);

/*
 * Make table and kernel agree: set up the nf_tables table, adopt elements that nobody remembers, put back those that
 * are missing. With `news` (not NULL) somebody else damaged it and receipts say what was put back.
 */
void ban_reconcile(struct actor *a, const struct nft_news *news);

/* Take back those that the rails forbid by now: never_ban has grown, or the machine has new addresses. */
void ban_recheck(struct actor *a);

/* Look at what others did to the table; ban_reconcile at once, or later when that happens too often. */
void ban_watch(struct actor *a);

/* Do what is due: end bans, put back. */
void ban_tick(struct actor *a, int64_t mono_us);
int64_t ban_next_us(const struct actor *a);
