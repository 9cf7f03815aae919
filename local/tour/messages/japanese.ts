import type { Messages } from './message-types.ts';

export const japanese: Messages = {
  labels: {
    scene: (number, title) => `第 ${number} 幕　${title}`,
    question: '問い',
    failure: '仕掛けた失敗',
    naive: '素朴な店',
    mechanism: '仕組み',
    payment: '決済',
    next: 'Enter キーで次の幕へ進みます。',
    summary: 'すべての幕',
    passed: '表示のとおり',
    columns: ['幕', '題', '結果'],
  },
  balances: ['棚にある数', '販売できる数', '予約中', '引き当て済み'],
  orders: '注文サービス',
  inventory: '在庫サービス',
  naiveShop: {
    title: '素朴な店',
    question: '注文処理の途中で通信エラーが起きたら、どうなるでしょうか？',
    failure: 'メモリ上で動く素朴な店に、6 つの失敗を 1 つずつ起こします。',
    mechanism:
      '読む、請求する、書くの 3 つの手順がつながっていません。次の幕からは、同じ失敗を Stockbook に起こします。',
    heading: ['失敗', '残り', '販売数', '受け取った決済'],
    twoBuyers: '在庫 1、2 人が同時に購入',
    chargeResponseLost: '在庫 1、請求の応答が失われる',
    crashAfterCharge: '在庫 1、請求の直後に停止',
    leavesCheckout: '在庫 1、客が決済画面で立ち去る',
    refundUnavailable: '在庫 1、返金できないままキャンセル',
    twoDeliveries: '在庫 0、2 個と 3 個が同時に入荷',
  },
  oneOwner: {
    title: '真実の管理者は一人だけ',
    question: '在庫数を変えてよいのは誰でしょうか？',
    failure: '顧客が入荷を登録しようとします。署名のない呼び出しが在庫を予約しようとします。',
    mechanism:
      '在庫数を変えられるのは在庫サービスだけで、テーブルのポリシーがほかからの書き込みをすべて拒否します。',
    naive: (stock) =>
      `2 つのサービスが在庫数を書き換えます。2 個と 3 個が同時に入荷すると、在庫数は ${stock} になりました。`,
    attempts: ['試みたこと', 'HTTP ステータス'],
    receiptOfCustomer: '顧客による入荷の登録',
    unsignedReservation: '署名のない予約',
    products: ['サービス', 'そのサービスの商品'],
  },
  whenCountsFall: {
    title: '在庫数はいつ減るのか',
    question: '在庫数は、どの時点で減るのでしょうか？',
    failure: 'なし。1 個の商品の流れを追います。',
    mechanism:
      '販売できる数は予約した時点で減り、棚にある数は発送した時点で減ります。棚卸しと比べるのは棚にある数です。',
    naive:
      '数が 1 つしかありません。注文から発送までの間は棚の数と食い違うので、棚を数えても確かめられません。',
    moment: '時点',
    movement: '入出庫の記録',
    received: '3 個が入荷',
    reserved: '注文が 1 個を予約',
    confirmed: '注文が確定',
    shipped: '注文を発送',
  },
  reserveFirst: {
    title: 'まず予約する',
    question: '在庫がないのに決済してしまうことはないでしょうか？',
    failure: '最後の 1 個を 2 人が同時に注文します。',
    mechanism:
      '条件付きの書き込みが、決済を促す前に 1 人だけに在庫を確保し、もう 1 人にはすぐに在庫切れを返します。',
    naive: (sold, stock) => `${sold} 個を販売し、残りは ${stock} 個です。`,
    rejected: (status, code) =>
      `1 人が確保しました。もう 1 人には ${status} ${code} が返ります（申し訳ありません、在庫がなくなりました）。`,
  },
  abandonedCheckout: {
    title: '立ち去った客',
    question: '決済しなかった客の在庫は、誰が戻すのでしょうか？',
    failure: '客が 2 個を注文し、決済しません。',
    mechanism:
      '予約は「ある時刻まで」という記録です。その時刻を過ぎれば、何も書き込まれなくても販売できる数に戻ります。',
    naive: (stock) => `客は立ち去り、誰かが気づくまで販売できるのは ${stock} 個です。`,
    waits: (expiresAt) => `予約は ${expiresAt} までです。タイマーはありません。`,
    returned: (movements) =>
      `在庫が戻りました。入出庫の記録は ${movements} 件のままで、何の処理も動いていません。`,
  },
  lostResponse: {
    title: '通信エラー：応答が消えた',
    question: '処理が終わった後で通信が途切れたら、どうなるでしょうか？',
    failure: '同じ注文を 2 回送ります。さらに、決済の与信の応答が失われます。',
    mechanism:
      'リクエストごとにキーがあり、再送には最初の結果を返します。Saga は、決済をやり直す前に前の決済の結果を問い合わせます。',
    naive: (charges) => `1 個に対して ${charges} 回請求しました。`,
    sentTwice: (first, again) => `1 回目: ${first}\n2 回目: ${again}`,
    chargedOnce: '決済は 1 回、在庫数が減ったのも 1 回だけです。',
  },
  physicalCount: {
    title: '棚を数える',
    question: '棚の実物と帳簿が食い違っていたら、どうするのでしょうか？',
    failure: '棚には 1 個少なく、2 度目に数えると 37 個多くあります。',
    mechanism:
      '許容範囲の差は、数えた時点の入出庫として記帳されます。それを超える差は人の承認を待ちます。',
    naive: '数えた値で上書きするので、数えている間に売れた分が消えます。',
    heading: ['', '帳簿', '実物', '差', '状態'],
    count: '棚卸し',
    waitsForApproval: (findingId) =>
      `${findingId} は人の判断を待ちます。ここでは数え間違いとして却下します。`,
  },
  booksAgree: {
    title: '最終的に辻褄が合う',
    question: '不整合が残っていないと、どうして分かるのでしょうか？',
    failure: 'ここまでのすべて。',
    mechanism: '棚卸し（照合）が、在庫残高と入出庫の記録、注文と予約・決済を突き合わせます。',
    heading: ['記録', '検査した数'],
    noFindings: '食い違いはありません。検出事項は 0 件です。',
  },
};
