/* SPDX-License-Identifier: Apache-2.0 */
/* Tests in a process namespace of their own, with its own /proc: few processes to look at, and none outside to hit. */
#pragma once

#include <stdbool.h>

/* Whether the tests run in such a namespace. It takes root; without it they skip what needs one. */
extern bool apart_possible;

/* Run the tests there, or where that is not permitted, here. Their number of failures decides how the program ends. */
_Noreturn void apart_run(int (*tests)(void));
