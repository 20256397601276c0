/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The process that collects (agent/actor/sys/collect_open.h). It becomes the guard's user, with the rights to read what
 * is others' and to look into processes, and calls that open no socket and start nothing; writes the bundle with its
 * head to the file that it was given, syncs it, and answers.
 */
#pragma once

_Noreturn void triage_main(void);
