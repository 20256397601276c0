/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A process that only has what the guard is made of: a libuv loop with a timer, and mbedTLS ready to make a connection
 * (its configuration, a seeded generator, no connection). Its memory is what the guard's is compared with.
 *
 *   floor_bare     says "ready" on standard output and stays until SIGTERM
 */
#include <mbedtls/ctr_drbg.h>
#include <mbedtls/entropy.h>
#include <mbedtls/ssl.h>
#include <uv.h>

#include <stdio.h>

#define TICK_MS 10000

static mbedtls_entropy_context entropy;
static mbedtls_ctr_drbg_context generator;
static mbedtls_ssl_config conf;
static uv_timer_t timer;
static uv_signal_t term;

static int tls_ready(void)
{
	mbedtls_entropy_init(&entropy);
	mbedtls_ctr_drbg_init(&generator);
	mbedtls_ssl_config_init(&conf);
	mbedtls_ssl_conf_rng(&conf, mbedtls_ctr_drbg_random, &generator);
	return mbedtls_ctr_drbg_seed(&generator, mbedtls_entropy_func, &entropy, NULL, 0) == 0 &&
	       mbedtls_ssl_config_defaults(&conf, MBEDTLS_SSL_IS_CLIENT, MBEDTLS_SSL_TRANSPORT_STREAM,
					   MBEDTLS_SSL_PRESET_DEFAULT) == 0;
}

static void tick(uv_timer_t *handle)
{
	(void)handle;
}

static void end(uv_signal_t *handle, int number)
{
	(void)number;
	uv_stop(handle->loop);
}

int main(void)
{
	uv_loop_t *loop = uv_default_loop();

	if (!loop || !tls_ready() || uv_timer_init(loop, &timer) != 0 || uv_signal_init(loop, &term) != 0 ||
	    uv_timer_start(&timer, tick, TICK_MS, TICK_MS) != 0 || uv_signal_start(&term, end, SIGTERM) != 0)
		return 1;
	puts("ready");
	fflush(stdout);
	uv_run(loop, UV_RUN_DEFAULT);
	return 0;
}
