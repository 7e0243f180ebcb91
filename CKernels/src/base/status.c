#include "ck_base.h"

const char *ck_status_sentence(ck_status status) {
  switch (status) {
    case ck_status_ok: return "done";
    case ck_status_bad_shape: return "a size is negative or two sizes disagree";
    case ck_status_bad_stride: return "a stride is smaller than the row that it must span";
    case ck_status_bad_option: return "an option is outside its range";
    case ck_status_out_of_range: return "an index points outside its table";
    case ck_status_workspace: return "the workspace is smaller than the kernel's workspace query asks for";
    case ck_status_unsupported: return "the forced instruction set is not available on this processor";
  }
  return "unknown status code";
}
