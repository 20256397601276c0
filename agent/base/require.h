/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Assertions that stay on in release builds. They check the program's own rules, and never input from outside. When one
 * fails, it prints its place and its text, and aborts the program.
 */
#pragma once

/* Print "FILE:LINE: require(TEXT) failed" on standard error and abort. Never returns. */
_Noreturn void require_failed(const char *file, int line, const char *text);

/* Abort unless x holds. x is evaluated once. */
#define require(x) ((x) ? (void)0 : require_failed(__FILE__, __LINE__, #x))
