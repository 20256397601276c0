/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Checks a device's chain of receipts (proto/chain.h) from what the device told, without believing whoever carried or
 * stored it: only the device's receipt key counts. A receipt is proven when that key signed its place, or a place that
 * follows it link by link. What is missing before the first receipt cannot be known, nor what is missing behind the
 * last signature. Pure but for the memory that it takes.
 */
#pragma once

#include "agent/base/err.h"
#include "agent/base/key.h"
#include "agent/base/str.h"
#include "proto/chain.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum chain_verdict {
	CHAIN_PENDING, /* no signature behind it yet, and nothing speaks against it */
	CHAIN_PROVEN,
	CHAIN_UNPROVEN,
	CHAIN_VERDICTS,
};

struct chain_receipt {
	struct chain_place place; /* seq 0: it has none */
	struct str bytes;	  /* the encoded caltrop.v1.Receipt */
};

struct chain_head {
	uint64_t seq;
	uint8_t hash[CHAIN_HASH];
	struct str signature;
};

/* Both lists are in the order in which they were told. */
struct chain_records {
	const struct chain_receipt *receipts;
	size_t receipt_count;
	const struct chain_head *heads;
	size_t head_count;
};

struct chain_row {
	uint64_t seq; /* 0: the receipt has no place */
	enum chain_verdict verdict;
	const char *why;		     /* a sentence without its end; NULL: proven */
	const struct chain_receipt *receipt; /* NULL: the row is about one that is missing, or about a signature */
};

/*
 * Say of each receipt, and of each that is missing, what is known: first of those without a place and of signatures
 * that are not the key's, then of each place from the last to the first. A receipt that was told twice has one row. The
 * key's len 0: it is not known, and no signature counts. ERR_NO_MEMORY.
 */
ERR_CHECK enum err chain_check(const struct chain_records *told, const struct key_der *key,
			       void (*each)(void *arg, const struct chain_row *row), void *arg);
