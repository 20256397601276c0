/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The one error type. Functions with an imperative name return it. The sentence that a user reads is composed where the
 * context is known, with err_text() as its last part. Receipts and reply rows carry the values, so new ones are added
 * at the end and none is ever renumbered.
 */
#pragma once

#define ERR_MAP(X)                                                        \
	X(OK, 0, "success")                                               \
	X(INVALID, 1, "invalid value")                                    \
	X(TOO_LONG, 2, "longer than its limit")                           \
	X(TRUNCATED, 3, "ends before it is complete")                     \
	X(FULL, 4, "limit reached")                                       \
	X(NOT_FOUND, 5, "not found")                                      \
	X(EXISTS, 6, "exists already")                                    \
	X(DENIED, 7, "permission denied")                                 \
	X(PROTECTED, 8, "protected from this action")                     \
	X(EXPIRED, 9, "expired")                                          \
	X(NOT_YET, 10, "not valid yet")                                   \
	X(REPLAYED, 11, "seen before")                                    \
	X(SIGNATURE, 12, "signature does not verify")                     \
	X(WRONG_TARGET, 13, "addressed to another device")                \
	X(UNTRUSTED, 14, "signed by a key that is not trusted")           \
	X(BUSY, 15, "in use by another program")                          \
	X(UNSUPPORTED, 16, "not supported by this build or kernel")       \
	X(IO, 17, "input/output error")                                   \
	X(NO_SPACE, 18, "no space left")                                  \
	X(READ_ONLY, 19, "read-only")                                     \
	X(CORRUPT, 20, "damaged data")                                    \
	X(CLOSED, 21, "connection closed")                                \
	X(TIMEOUT, 22, "timed out")                                       \
	X(PROTOCOL, 23, "protocol violation")                             \
	X(CRYPTO, 24, "cryptographic operation failed")                   \
	X(BUDGET, 25, "budget for this action is spent")                  \
	X(UNVERIFIED, 26, "done, but reading it back did not confirm it") \
	X(REVOKED, 27, "revoked")                                         \
	X(NO_MEMORY, 28, "out of memory")                                 \
	X(INTERRUPTED, 29, "the guard ended before it was done")          \
	X(FOREIGN, 30, "of another fleet")                                \
	X(KIND, 31, "not a regular file")

enum err {
#define X(name, number, text) ERR_##name = number,
	ERR_MAP(X)
#undef X
};

#define ERR_CHECK __attribute__((warn_unused_result))

/* The text of an error ("not found"). Never NULL; "unknown error" for a number that stands for none. */
const char *err_text(enum err err);

/* The name of an error without its prefix ("NOT_FOUND"), for JSON. Never NULL. */
const char *err_name(enum err err);

/* The error that stands for a value of errno(3): ERR_OK for 0, ERR_IO for a value that has no error of its own. */
enum err err_from_errno(int number);
