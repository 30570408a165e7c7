/*
 * The text format of Prometheus, version 0.0.4: families of samples, each
 * with help and type, and samples with labels.
 * https://prometheus.io/docs/instrumenting/exposition_formats/
 */
#ifndef BYLINE_HTTP_EXPOSITION_H
#define BYLINE_HTTP_EXPOSITION_H

#include <stddef.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/metrics.h"

#define EXPOSITION_CONTENT_TYPE "text/plain; version=0.0.4; charset=utf-8"

struct exposition_label {
    const char *name;
    const char *value; /* any text in UTF-8; escaped here */
};

/* Begins a family; its samples follow. `type` is counter, gauge or histogram.
 * `help` is text without line feeds and backslashes. */
void exposition_family(struct buffer *buffer, const char *name,
                       const char *type, const char *help);

/* A sample with `count` labels. */
void exposition_sample(struct buffer *buffer, const char *name,
                       const struct exposition_label *labels, size_t count,
                       uint64_t value);

/* The samples of a histogram of seconds with one label. */
void exposition_histogram(struct buffer *buffer, const char *name,
                          struct exposition_label label,
                          const struct metrics_histogram *histogram);

#endif
