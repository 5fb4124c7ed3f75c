# Completion of reconciler in PowerShell, 5.1 and later. In $PROFILE:
#   reconciler completion powershell | Out-String | Invoke-Expression
Register-ArgumentCompleter -Native -CommandName reconciler -ScriptBlock {
    param($word, $commandAst, $cursor)

    $text = [System.Management.Automation.Language.StringConstantExpressionAst]
    $before = @(
        $commandAst.CommandElements |
            Where-Object { $_.Extent.EndOffset -lt $cursor } |
            ForEach-Object { if ($_ -is $text) { $_.Value } else { $_.Extent.Text } }
    )
    $earlier = $env:_RECONCILER_COMPLETE, $env:COMP_WORDS, $env:COMP_WORD
    try {
        $env:_RECONCILER_COMPLETE = 'powershell_complete'
        $env:COMP_WORDS = $before -join "`n"
        $env:COMP_WORD = $word
        $answer = @(& $before[0] 2>$null)
    } finally {
        $env:_RECONCILER_COMPLETE, $env:COMP_WORDS, $env:COMP_WORD = $earlier
    }
    for ($i = 0; $i + 2 -lt $answer.Count; $i += 3) {
        $type, $value, $tip = $answer[$i..($i + 2)]
        if ($type -eq 'plain') {
            if ($tip -eq '_') { $tip = $value }
            [System.Management.Automation.CompletionResult]::new(
                $value, $value.Trim("'"), 'ParameterValue', $tip)
        } elseif ($word -notlike '-*') {
            [System.Management.Automation.CompletionCompleters]::CompleteFilename($word) |
                Where-Object { $type -ne 'dir' -or $_.ResultType -like '*Container' }
        }
    }
}
