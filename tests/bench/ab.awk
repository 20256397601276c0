# SPDX-License-Identifier: Apache-2.0
# The verdict over all pairs: awk -f ab.awk -v pairs=F -v least=N ROWS, where ROWS has "PAIR SIDE KEY VALUE UNIT" with SIDE
# old or new. Ends with 1 when a row is slower than `pairs` allows, or has fewer than `least` pairs.

function median(list, n,    i, j, t)
{
	for (i = 2; i <= n; i++)
		for (j = i; j > 1 && list[j] < list[j - 1]; j--) {
			t = list[j]; list[j] = list[j - 1]; list[j - 1] = t
		}
	return n % 2 ? list[(n + 1) / 2] : (list[n / 2] + list[n / 2 + 1]) / 2
}

function amount(v) { return v >= 100 || v == int(v) ? sprintf("%d", v + 0.5) : sprintf("%.2f", v) }

# One line of `pairs`: the ratio of each pair that both sides measured, and what to think of the median.
function compare(key, better, limit, what,    p, n, o, w, ratios, olds, news, low, high, r, verdict)
{
	for (p = 1; p <= last; p++) {
		if (!((p, "old", key) in value) || !((p, "new", key) in value))
			continue
		o = value[p, "old", key] + 0
		w = value[p, "new", key] + 0
		if (o <= 0 || w <= 0)
			continue
		n++
		olds[n] = o
		news[n] = w
		ratios[n] = better == "less" ? w / o : o / w
		if (n == 1 || ratios[n] < low)
			low = ratios[n]
		if (n == 1 || ratios[n] > high)
			high = ratios[n]
	}
	if (!n)
		return
	r = median(ratios, n)
	if (n < least)
		verdict = "only " n " pairs"
	else if (limit == "-")
		verdict = r <= 1 ? "not more" : "more"
	else
		verdict = r <= limit + 0 ? "no slower" : "SLOWER"
	bad += verdict ~ /^(only|SLOWER)/
	rows++
	printf "%-32s %6.3f  %5.2f-%-6.2f %-8s %-11s %10s -> %-10s %-9s  %s\n", key, r, low, high, limit == "-" ? "" : "<= " limit, verdict,
		amount(median(olds, n)), amount(median(news, n)), unit[key], what
}

{
	value[$1, $2, $3] = $4
	unit[$3] = $5
	if ($1 > last)
		last = $1
}

END {
	printf "%-32s %6s  %-12s %-8s %-11s %10s -> %-10s\n", "row", "ratio", "least-most", "allowed", "verdict", "old", "new"
	while ((getline line < pairs) > 0) {
		if (line ~ /^(#|$)/)
			continue
		split(line, f, /\t+/)
		compare(f[1], f[2], f[3], f[4])
	}
	if (!rows)
		print "nothing was measured on both sides"
	exit bad || !rows
}
