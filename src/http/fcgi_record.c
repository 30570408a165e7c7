/* FastCGI records (FastCGI Specification 1.0, sections 3.3, 5.3 and 5.5). */
#include "http/fcgi_record.h"

#include <errno.h>
#include <sys/uio.h>

#define HEADER_BYTES 8
#define CONTENT_MAX 65528 /* a multiple of 8 below 65,536 */

enum {
    RECORD_VERSION = 1,
    RECORD_END_REQUEST = 3,
    RECORD_STDOUT = 6,
};

/* So many records leave in one writev(2); a larger answer takes several. */
#define BATCH_RECORDS 16
#define BATCH_PARTS (3 * BATCH_RECORDS)

struct batch {
    unsigned char headers[BATCH_RECORDS][HEADER_BYTES];
    struct iovec parts[BATCH_PARTS];
    int part_count;
    int record_count;
};

static void
add_part(struct batch *batch, void *data, size_t length)
{
    if (length > 0)
        batch->parts[batch->part_count++] =
            (struct iovec){.iov_base = data, .iov_len = length};
}

static void
add_header(struct batch *batch, unsigned char type, int request_id,
           size_t length)
{
    unsigned char *header = batch->headers[batch->record_count++];

    header[0] = RECORD_VERSION;
    header[1] = type;
    header[2] = (unsigned char)(request_id >> 8);
    header[3] = (unsigned char)request_id;
    header[4] = (unsigned char)(length >> 8);
    header[5] = (unsigned char)length;
    header[6] = 0; /* no padding */
    header[7] = 0;
    add_part(batch, header, HEADER_BYTES);
}

static void
skip_written(struct iovec **parts, int *count, size_t written)
{
    while (*count > 0 && written >= (*parts)->iov_len) {
        written -= (*parts)->iov_len;
        (*parts)++;
        (*count)--;
    }
    if (*count > 0) {
        (*parts)->iov_base = (char *)(*parts)->iov_base + written;
        (*parts)->iov_len -= written;
    }
}

static int
write_batch(struct batch *batch, int descriptor)
{
    struct iovec *parts = batch->parts;
    int count = batch->part_count;

    while (count > 0) {
        ssize_t written = writev(descriptor, parts, count);

        if (written == -1 && errno == EINTR)
            continue;
        if (written == -1)
            return -1;
        skip_written(&parts, &count, (size_t)written);
    }
    batch->part_count = 0;
    batch->record_count = 0;
    return 0;
}

/* One STDOUT record of what is left of head and body. */
static void
add_content(struct batch *batch, int request_id, struct buffer *head,
            struct buffer *body)
{
    size_t head_length =
        head->length < CONTENT_MAX ? head->length : CONTENT_MAX;
    size_t room = CONTENT_MAX - head_length;
    size_t body_length = body->length < room ? body->length : room;

    add_header(batch, RECORD_STDOUT, request_id, head_length + body_length);
    add_part(batch, head->data, head_length);
    add_part(batch, body->data, body_length);
    head->length -= head_length;
    body->length -= body_length;
    if (head->data)
        head->data += head_length;
    if (body->data)
        body->data += body_length;
}

int
fcgi_record_write(int descriptor, int request_id, const struct buffer *head,
                  const struct buffer *body)
{
    struct batch batch = {.part_count = 0};
    struct buffer head_left = *head, body_left = *body;
    unsigned char complete[HEADER_BYTES] = {0}; /* status 0, all is well */

    while (head_left.length + body_left.length > 0) {
        add_content(&batch, request_id, &head_left, &body_left);
        /* Two records and a part must still fit for the end. */
        if (batch.record_count >= BATCH_RECORDS - 2 &&
            write_batch(&batch, descriptor) == -1)
            return -1;
    }
    add_header(&batch, RECORD_STDOUT, request_id, 0);
    add_header(&batch, RECORD_END_REQUEST, request_id, sizeof complete);
    add_part(&batch, complete, sizeof complete);
    return write_batch(&batch, descriptor);
}
