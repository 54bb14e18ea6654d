// A message of the bench as its clients read it.
#pragma once
#include "core/sandbox_talks.h"
#include "json/writer.h"

namespace hy::sandbox {

// {"messageId","messageSeq","time","elements","rawEvent","contact","sender"}, and "recalled" where it was taken back.
void write_message(json::Writer& w, db::Session& s, const House& house, const Talk& talk, const Self& self,
                   const messages::Message& message);

}  // namespace hy::sandbox
