" Colours of Twin. The words are compared with the grammar by `cargo test -p twin-lsp`.
if exists("b:current_syntax")
  finish
endif

" Words that are reserved everywhere.
syntax keyword twinOperator and or not div mod
syntax keyword twinConditional if then else match
syntax keyword twinConstant true false absent
syntax keyword twinStatement when until for over each during every within where
syntax keyword twinStatement let state on rule machine emit repeat reset

" Words that are names elsewhere: only where they begin a line, or an item in braces.
syntax match twinItem /\v(^|\{)\s*\zs(use|unit|enum|schema|source|table|sink|command|fn|block|model|twin|test|scenario)>/
syntax match twinMember /\v(^|\{)\s*\zs(key|input|param|part|der|return|severity|message|capture|with|at|expect|replay|from|set|show)>(\s*[:=])@!/

syntax match twinType /\v<\u\w*>/
syntax match twinFunction /\v<\w+\ze\(/
syntax match twinNumber /\v<\d[0-9_]*(\.\d+)?([eE][+-]?\d+)?( ?(\%|[A-Za-z°µμΩ][A-Za-z0-9°µμΩ^*\/]*))?/ contains=twinUnit
syntax match twinUnit /\v[A-Za-z°µμΩ%][A-Za-z0-9°µμΩ^*\/]*/ contained
syntax match twinTime /\v<\d{4}-\d{2}-\d{2}(T[0-9:.]+(Z|[+-]\d{2}:?\d{2})?)?/

syntax region twinText start=/"/ skip=/\\./ end=/"/ oneline contains=twinHole,twinEscape
syntax match twinEscape /\v\\.|\{\{|\}\}/ contained
syntax region twinHole matchgroup=Special start=/{\({\)\@!/ end=/}/ contained oneline contains=twinNumber,twinFunction

syntax match twinComment /\v\/\/.*$/ contains=@Spell
syntax match twinDocs /\v\/\/[\/!].*$/ contains=@Spell
syntax match twinAllow /\v<allow>\ze\s+[WHE]\d{4}/

highlight default link twinOperator Operator
highlight default link twinConditional Conditional
highlight default link twinConstant Constant
highlight default link twinStatement Keyword
highlight default link twinItem Structure
highlight default link twinMember Keyword
highlight default link twinType Type
highlight default link twinFunction Function
highlight default link twinNumber Number
highlight default link twinUnit Special
highlight default link twinTime Number
highlight default link twinText String
highlight default link twinEscape SpecialChar
highlight default link twinComment Comment
highlight default link twinDocs SpecialComment
highlight default link twinAllow PreProc

let b:current_syntax = "twin"
