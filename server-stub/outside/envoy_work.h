/* SPDX-License-Identifier: Apache-2.0 */
/* The envoy's work, in its own process: jobs come by the socket, answers go back by it. */
#pragma once

#include "server-stub/outside/envoy.h"

/*
 * Start libcurl, put a fence around this process (pale.h) and work until the other end of the socket is closed. The
 * exit status: 0, or 1 when there is no fence or no libcurl.
 */
int envoy_work(int fd, const struct envoy_setup *setup);
