#include "core/kicks.h"

#include "json/writer.h"

namespace hy::kicks {

void add(outbox::Pushes& pushes, const std::string& whom, const Kick& kick) {
    json::Writer w;
    w.begin_object().field("v", 1).field("code", kick.code).field("reason", kick.reason);
    if (!kick.family.empty()) w.field("family", kick.family);
    if (!kick.except.empty()) w.field("except", kick.except);
    w.end_object();
    pushes.add("ctl.kick." + whom, std::move(w).take());
}

}  // namespace hy::kicks
