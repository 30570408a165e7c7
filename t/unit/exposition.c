/* The text format of Prometheus. */
#include "http/exposition.h"

#include "tap.h"

static void
writes_families(void)
{
    struct buffer buffer = {0};

    exposition_family(&buffer, "films_total", "counter", "How many films.");
    exposition_sample(&buffer, "films_total", NULL, 0, UINT64_MAX);
    is_text(buffer_text(&buffer),
            "# HELP films_total How many films.\n"
            "# TYPE films_total counter\n"
            "films_total 18446744073709551615\n",
            "help, type and a sample without labels");
    buffer_free(&buffer);
}

static void
escapes_labels(void)
{
    const struct exposition_label labels[] = {
        {"a", "x\"y\\z\nw"}, {"b", ""}, {"c", "\xc3\xa9{},="}};
    struct buffer buffer = {0};

    exposition_sample(&buffer, "films_total", labels, 3, 0);
    is_text(buffer_text(&buffer),
            "films_total{a=\"x\\\"y\\\\z\\nw\",b=\"\",c=\"\xc3\xa9{},=\"} 0\n",
            "quotes, backslashes and line feeds are escaped");
    buffer_free(&buffer);
}

static void
adds_up_buckets(void)
{
    struct metrics_histogram histogram = {.sum_us = 0};
    struct buffer buffer = {0};

    metrics_count_time(&histogram, 100);
    metrics_count_time(&histogram, 900);
    metrics_count_time(&histogram, 20000000);
    exposition_histogram(&buffer, "took_seconds",
                         (struct exposition_label){"of", "\"x\""}, &histogram);
    is_text(buffer_text(&buffer),
            "took_seconds_bucket{of=\"\\\"x\\\"\",le=\"0.0005\"} 1\n"
            "took_seconds_bucket{of=\"\\\"x\\\"\",le=\"0.001\"} 2\n"
            "took_seconds_bucket{of=\"\\\"x\\\"\",le=\"0.0025\"} 2\n"
            "took_seconds_bucket{of=\"\\\"x\\\"\",le=\"0.005\"} 2\n"
            "took_seconds_bucket{of=\"\\\"x\\\"\",le=\"0.01\"} 2\n"
            "took_seconds_bucket{of=\"\\\"x\\\"\",le=\"0.025\"} 2\n"
            "took_seconds_bucket{of=\"\\\"x\\\"\",le=\"0.05\"} 2\n"
            "took_seconds_bucket{of=\"\\\"x\\\"\",le=\"0.1\"} 2\n"
            "took_seconds_bucket{of=\"\\\"x\\\"\",le=\"0.25\"} 2\n"
            "took_seconds_bucket{of=\"\\\"x\\\"\",le=\"0.5\"} 2\n"
            "took_seconds_bucket{of=\"\\\"x\\\"\",le=\"1\"} 2\n"
            "took_seconds_bucket{of=\"\\\"x\\\"\",le=\"2.5\"} 2\n"
            "took_seconds_bucket{of=\"\\\"x\\\"\",le=\"5\"} 2\n"
            "took_seconds_bucket{of=\"\\\"x\\\"\",le=\"10\"} 2\n"
            "took_seconds_bucket{of=\"\\\"x\\\"\",le=\"+Inf\"} 3\n"
            "took_seconds_sum{of=\"\\\"x\\\"\"} 20.001\n"
            "took_seconds_count{of=\"\\\"x\\\"\"} 3\n",
            "each bucket has what those below it have");
    buffer_free(&buffer);
}

int
main(void)
{
    writes_families();
    escapes_labels();
    adds_up_buckets();
    return done();
}
