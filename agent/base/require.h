/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Assertions that stay on in release builds. They state what the program promises itself; they never judge
 * bytes that came from outside. A failed one prints where and what, then aborts.
 */
#pragma once

/* Print "FILE:LINE: require(TEXT) failed" on standard error and abort. Never returns. */
_Noreturn void require_failed(const char *file, int line, const char *text);

#define require(x) ((x) ? (void)0 : require_failed(__FILE__, __LINE__, #x))
